"""Texts in English and Dutch, as solution files hold them."""

from dataclasses import dataclass
from xml.etree.ElementTree import Element, SubElement

from setup_wizard.solution.names import DUTCH, ENGLISH


@dataclass(frozen=True, slots=True)
class Label:
    """A text in both languages."""

    english: str
    dutch: str

    def items(self) -> tuple[tuple[str, int], ...]:
        """Return text and language of each."""
        return (self.english, ENGLISH), (self.dutch, DUTCH)


def labels_add(parent: Element, group: str, item: str, label: Label) -> None:
    """Add a group such as LocalizedNames with an item per language."""
    element = SubElement(parent, group)
    for text, language in label.items():
        SubElement(element, item, description=text, languagecode=str(language))


def text_add(parent: Element, name: str, value: str | int) -> None:
    """Add an element that holds a text."""
    SubElement(parent, name).text = str(value)

"""Every text of the pages has a Dutch one, with the same placeholders."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parents[2]
CATALOGUE = ROOT / "locale" / "nl" / "LC_MESSAGES" / "django.po"
CALLS = {"_": 1, "gettext": 1, "gettext_lazy": 1, "ngettext": 2, "ngettext_lazy": 2, "pgettext": 2, "pgettext_lazy": 2}
QUOTED = r"""u?("(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')"""
PLACEHOLDER = re.compile(r"%\((\w+)\)s")


def entries() -> dict[str, str]:
    """Return the Dutch text of every message; context and plural are joined to the key as gettext does."""
    found = {}
    with CATALOGUE.open("rb") as source:
        for message in read_po(source, locale="nl"):
            one, other = message.id if isinstance(message.id, tuple) else (message.id, "")
            key = (f"{message.context}\4" if message.context else "") + one + (f"\0{other}" if other else "")
            texts = message.string if isinstance(message.string, tuple) else (message.string,)
            if all(texts) and not message.fuzzy:
                found[key] = "\0".join(texts)
    return found


ENTRIES = entries()


def texts_of_python() -> Iterator[tuple[str, str]]:
    """Yield (place, text) of every marked text in our own modules."""
    for folder in ("sync", "connector", "setup_wizard"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name) or node.func.id not in CALLS:
                    continue
                values = [argument.value for argument in node.args[:2] if isinstance(argument, ast.Constant)]
                if node.func.id.startswith("pgettext") and len(values) == 2:
                    yield str(path.relative_to(ROOT)), f"{values[0]}\4{values[1]}"
                elif node.func.id.startswith("ngettext") and len(values) == 2:
                    yield str(path.relative_to(ROOT)), f"{values[0]}\0{values[1]}"
                elif values and isinstance(values[0], str):
                    yield str(path.relative_to(ROOT)), values[0]


def texts_of_templates() -> Iterator[tuple[str, str]]:
    """Yield (place, text) of every marked text in our templates."""
    for path in sorted((ROOT / "templates").rglob("*.html")):
        code = templatize(path.read_text(encoding="utf-8"))
        place = str(path.relative_to(ROOT))
        for one, other in re.findall(rf"ngettext\({QUOTED},\s*{QUOTED}", code):
            yield place, f"{ast.literal_eval(one)}\0{ast.literal_eval(other)}"
        for text in re.findall(rf"(?<![a-z])(?:gettext|_)\({QUOTED}\)", code):
            yield place, ast.literal_eval(text)


@pytest.mark.parametrize("texts", [texts_of_python, texts_of_templates])
def test_every_text_has_a_dutch_one(texts: object) -> None:
    found = list(texts())  # type: ignore[operator]
    assert len(found) > 150
    missing = sorted({(place, text) for place, text in found if text and not ENTRIES.get(text)})
    assert not missing


def test_placeholders_are_the_same_in_both_languages() -> None:
    for key, text in ENTRIES.items():
        if key:
            wanted = set(PLACEHOLDER.findall(key))
            assert all(set(PLACEHOLDER.findall(part)) <= wanted for part in text.split("\0")), key
            assert set(PLACEHOLDER.findall(text)) == wanted, key


def test_product_captions_are_the_products_own() -> None:
    captions = {
        "CRM Full Synch. Review": "Controle van volledige CRM-synchronisatie",
        "Integration Table Mappings": "Toewijzingen van integratietabellen",
        "Customer List": "Klantenoverzicht",
        "Dynamics 365 Connection Setup": "Dynamics 365-verbinding instellen",
        "Job Queue Entry Status": "Status van taakwachtrijpost",
        "To Int. Table Job Status": "Naar projectstatus van integratietabel",
        "From Int. Table Job Status": "Van projectstatus van integratietabel",
        "Run Full Synchronization": "Volledige synchronisatie uitvoeren",
        "Start": "Starten",
        "Test Connection": "Verbinding testen",
    }
    assert {name: ENTRIES[name] for name in captions} == captions


def test_no_word_we_do_not_use() -> None:
    for key, text in ENTRIES.items():
        if not key:
            continue
        assert not re.search(r"\b(oops|please|simply|invalid|something went wrong)\b|!", key, re.IGNORECASE), key
        assert not re.search(r"\b(oeps|alstublieft|ongeldig)\b|!", text, re.IGNORECASE), text

"""Which services a server publishes, and which fields of a page are taken off it: both can change while it runs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from sandbox.nav.pages import published
from sandbox.nav.schema import Page
from sandbox.nav.tables import TABLES


class Publishing:
    """The published page services. `pages` is one dictionary for the server's life; its content changes."""

    def __init__(self, objects: str, flavour: str, unpublished: Iterable[str] = (), hidden: Iterable[str] = ()) -> None:
        self._all: Final = published(objects, flavour)
        self._unpublished_at_start = tuple(unpublished)
        self._hidden_at_start = tuple(hidden)
        self.pages: Final[dict[str, Page]] = {}
        self.reset()

    def reset(self) -> None:
        """As at the start. Raises ValueError for a service or a field that does not exist."""
        self._off: set[str] = set()
        self._hidden: dict[str, set[str]] = {}
        self.change(unpublish=self._unpublished_at_start, hide=self._hidden_at_start)

    def change(
        self,
        unpublish: Iterable[str] = (),
        publish: Iterable[str] = (),
        hide: Iterable[str] = (),
        show: Iterable[str] = (),
    ) -> None:
        """Take services off or put them back; hide or show fields, named `Service.Field`. Raises ValueError."""
        unpublish, publish, hide, show = list(unpublish), list(publish), list(hide), list(show)
        for name in (*unpublish, *publish):
            if name not in self._all:
                raise ValueError(f"there is no service {name}")
        fields = [self._field(text) for text in (*hide, *show)]
        self._off = (self._off | set(unpublish)) - set(publish)
        for service, control in fields[: len(hide)]:
            self._hidden.setdefault(service, set()).add(control)
        for service, control in fields[len(hide) :]:
            self._hidden.get(service, set()).discard(control)
        self.pages.clear()
        self.pages.update({name: self._shown(page) for name, page in self._all.items() if name not in self._off})

    def _field(self, text: str) -> tuple[str, str]:
        service, _, control = text.partition(".")
        page = self._all.get(service)
        if page is None or control not in page.controls:
            raise ValueError(f"there is no field {text}")
        if page.controls[control] in TABLES[page.table].key:
            raise ValueError(f"{text} is a key: a page service always shows it")
        return service, control

    def _shown(self, page: Page) -> Page:
        hidden = self._hidden.get(page.service, set())
        return replace(page, controls={name: field for name, field in page.controls.items() if name not in hidden})

"""Where clients keep what they learned about remote tables, so that a run spends no request on it.

An entry is plain JSON. It lives until the client drops it, which it does when the server says that a column or a
service is unknown, or when somebody refreshes the catalogue.
"""

from typing import Any, Protocol


class SchemaCache(Protocol):
    """A small store of JSON objects by name."""

    def get(self, name: str) -> dict[str, Any] | None:
        """Return the entry, or None."""

    def put(self, name: str, value: dict[str, Any]) -> None:
        """Keep an entry."""

    def drop(self) -> None:
        """Forget everything."""


class MemoryCache:
    """Entries of one client."""

    def __init__(self) -> None:
        self._entries: dict[str, dict[str, Any]] = {}

    def get(self, name: str) -> dict[str, Any] | None:
        """Return the entry, or None."""
        return self._entries.get(name)

    def put(self, name: str, value: dict[str, Any]) -> None:
        """Keep an entry."""
        self._entries[name] = value

    def drop(self) -> None:
        """Forget everything."""
        self._entries.clear()

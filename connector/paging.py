"""Following next links, for both systems: each one once."""

from collections.abc import Callable, Iterator
from typing import Any

from connector import odata
from connector.errors import ServerUnavailable


def pages(first: str, fetch: Callable[[str], dict[str, Any]]) -> Iterator[tuple[dict[str, Any], str | None]]:
    """Yield (body, next link or None) from the first link to the last page.

    Raises: ServerUnavailable when a next link comes a second time; following it would never end.
    """
    seen = {first}
    link: str | None = first
    while link is not None:
        body = fetch(link)
        link = odata.next_link(body)
        if link in seen:
            raise ServerUnavailable(
                "The server sent a link to a page that was read already, so reading would never end. The read begins again "
                "later; if it stays so, ask the server's administrator.",
                code="repeated_link",
            )
        if link is not None:
            seen.add(link)
        yield body, link


def rows_of(body: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the rows of a page. Raises ServerUnavailable when there is no list of them."""
    rows = body.get("value")
    if not isinstance(rows, list):
        raise ServerUnavailable(
            "The server's answer to a read holds no rows. Something between here and the server changes answers.",
            code="no_rows",
        )
    return rows

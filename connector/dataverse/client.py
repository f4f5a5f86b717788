"""The client of Dynamics 365 for Sales: a few verbs over the Dataverse Web API 9.2.

Columns and lookups have their plain logical names on both ways (see rows.py); a lookup that is written is a Reference.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Self

from connector import odata
from connector.dataverse import answers
from connector.dataverse.bulk import BulkWriter, ChangedRow, NewRow
from connector.dataverse.choices import ChoiceColumns
from connector.dataverse.metadata import MetadataReader, TableInfo
from connector.dataverse.rows import record_of, selected
from connector.dataverse.wire import HEADERS, Wire, row_path
from connector.errors import ConfigurationError, NotFound, ServerUnavailable
from connector.paging import pages, rows_of
from connector.records import Change, ChangePage, Record, Reference, WriteOutcome
from connector.retry import Replay
from connector.schema_cache import MemoryCache, SchemaCache
from connector.transport import Transport

__all__ = ["DataverseClient", "Reference"]

# The service's own ceiling of a page.
PAGE_ROWS = 5000
# Ids in one filter: the address stays below the 32 KB that the service takes.
IDS_PER_READ = 200
TRACKING = "odata.track-changes"


class DataverseClient:
    """Reads and writes one environment. Use it as a context manager; it belongs to one thread."""

    def __init__(self, address: str, transport: Transport, *, cache: SchemaCache | None = None) -> None:
        self._transport = transport
        self._wire = Wire(address, transport)
        self._metadata = MetadataReader(self._wire.get, cache or MemoryCache())
        self._bulk = BulkWriter(self._wire, self._metadata)
        self._choices = ChoiceColumns(self._wire, self._bulk)

    @staticmethod
    def explain(answer: Any, call: Any) -> Any:
        """Return the typed error for an error answer; the transport is made with this."""
        return answers.explain(answer, call)

    @staticmethod
    def headers() -> Mapping[str, str]:
        """Return the headers that every request carries."""
        return HEADERS

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self._transport.close()

    @property
    def requests(self) -> int:
        """How many requests this client has sent."""
        return self._transport.requests

    @property
    def wire(self) -> Wire:
        """The requests themselves, for what is no row: solutions, rights, the environment's own facts."""
        return self._wire

    # Reading

    def who_am_i(self) -> dict[str, str]:
        """Return the ids of the signed-in user, its business unit and the organization, in lower case."""
        body = self._wire.get("WhoAmI")
        names = ("UserId", "BusinessUnitId", "OrganizationId")
        if not all(body.get(name) for name in names):
            raise ConfigurationError(
                "Something answers at this address, but it is no Sales environment. Check the environment's address.",
                code="no_environment",
            )
        return {name: str(body[name]).lower() for name in names}

    def get(self, table: str, key: str, select: Sequence[str]) -> Record:
        """Return one row. Raises NotFound."""
        shape = self._metadata.shape(table)
        path = row_path(shape.entity_set, key) + odata.query({"$select": selected(shape, select)})
        return record_of(shape, self._wire.get(path, record_key=key))

    def iter_records(
        self, table: str, select: Sequence[str], *, where: str = "", top: int | None = None
    ) -> Iterator[Record]:
        """Yield rows; `where` is a filter in wire names."""
        shape = self._metadata.shape(table)
        query = odata.query({"$select": selected(shape, select), "$filter": where, "$top": top})
        for body, _link in pages(
            shape.entity_set + query, lambda link: self._wire.get(link, prefer=_page_preference())
        ):
            for row in rows_of(body):
                yield record_of(shape, row)

    def iter_pages(self, table: str, select: Sequence[str], *, position: str | None = None) -> Iterator[ChangePage]:
        """Yield a whole table page by page; `position` goes on behind a page that was read before."""
        shape = self._metadata.shape(table)
        first = position or shape.entity_set + odata.query({"$select": selected(shape, select)})
        for body, link in pages(first, lambda link: self._wire.get(link, prefer=_page_preference())):
            changes = [Change(record.key, record) for record in (record_of(shape, row) for row in rows_of(body))]
            yield ChangePage(changes, position=self._own(link))

    def changes_since(
        self, table: str, select: Sequence[str], cursor: str | None, *, position: str | None = None
    ) -> Iterator[ChangePage]:
        """Yield what changed after `cursor`, oldest page first; None reads everything.

        The cursor to store stands on the last page. A deleted row is a Change whose record is None.
        Raises: DeltaTokenExpired (begin again with None). Source: learn.microsoft.com, "Use change tracking to
        synchronize data with external systems".
        """
        shape = self._metadata.shape(table)
        first = position or cursor or shape.entity_set + odata.query({"$select": selected(shape, select)})
        prefer = f"{TRACKING},{_page_preference()}"
        for body, link in pages(first, lambda link: self._wire.get(link, prefer=prefer)):
            delta = odata.delta_link(body)
            if link is None and delta is None:
                raise ServerUnavailable(
                    f"Sales ended a read of {table} without saying from where the next one starts. It is read again later.",
                    code="no_delta_link",
                )
            yield ChangePage([_change(shape, row) for row in rows_of(body)], position=self._own(link), cursor=delta)

    def _own(self, link: str | None) -> str | None:
        """Return a next link that leads to this environment. Raises ConfigurationError, so that no other is ever kept."""
        return self._wire.url(link) if link else None

    def existing(self, table: str, keys: Sequence[str], select: Sequence[str]) -> dict[str, Record]:
        """Return those rows of `keys` that are there, by id."""
        shape = self._metadata.shape(table)
        found: dict[str, Record] = {}
        for start in range(0, len(keys), IDS_PER_READ):
            part = keys[start : start + IDS_PER_READ]
            where = odata.any_of(shape.primary_id, part, "Edm.Guid")
            found |= {record.key: record for record in self.iter_records(table, select, where=where)}
        return found

    # Writing

    def create(self, table: str, values: Mapping[str, Any], *, key: str | None = None) -> Record:
        """Create one row, under `key` where it is given. Raises DuplicateRecord, ValidationRejected and others."""
        shape = self._metadata.shape(table)
        body = self._bulk.body(table, values) | ({shape.primary_id: key} if key else {})
        answer = self._wire.send(
            "POST",
            shape.entity_set + odata.query({"$select": selected(shape, list(values))}),
            body,
            headers={"Prefer": "return=representation"},
            replay=Replay.ONCE,
        )
        if not isinstance(answer.data, dict):
            raise ServerUnavailable("Sales answered a creation without the row.", code="no_data", outcome_unknown=True)
        return record_of(shape, answer.data)

    def update(self, table: str, key: str, values: Mapping[str, Any], *, if_match: str | None = None) -> None:
        """Change one row, under the version it was read with; None changes whatever version is there. Raises VersionConflict."""
        shape = self._metadata.shape(table)
        path = row_path(shape.entity_set, key)
        body = self._bulk.body(table, values)
        self._wire.send("PATCH", path, body, headers={"If-Match": if_match or "*"}, replay=Replay.KEYED, record_key=key)

    def delete(self, table: str, key: str, *, if_match: str | None = None) -> None:
        """Delete one row; one that is gone already counts as deleted."""
        path = row_path(self._metadata.entity_set(table), key)
        headers = {"If-Match": if_match} if if_match else {}
        try:
            self._wire.send("DELETE", path, headers=headers, replay=Replay.KEYED, record_key=key)
        except NotFound:
            return

    def create_many(self, table: str, rows: Sequence[NewRow]) -> list[WriteOutcome]:
        """Create rows under the given ids, in order. Raises Timeout or ServerUnavailable with an unknown outcome."""
        return self._bulk.create(table, rows)

    def update_many(self, table: str, rows: Sequence[ChangedRow], *, unconditional: bool = False) -> list[WriteOutcome]:
        """Change rows, each under the version it was read with; `unconditional` allows the bulk message."""
        return self._bulk.update(table, rows, unconditional=unconditional)

    # Metadata

    def metadata(self, table: str) -> TableInfo:
        """Return all about a table. Raises ConfigurationError for one that the environment does not have."""
        return self._metadata.table(table)

    def metadata_forget(self) -> None:
        """Drop what is kept of the environment's metadata."""
        self._metadata.forget()

    def options(self, table: str, column: str) -> dict[int, str]:
        """Return the options of a choice column by value."""
        return self._metadata.options(table, column)[0]

    @property
    def choices(self) -> ChoiceColumns:
        """The choice columns: read, add to and rename options of several at once."""
        return self._choices


def _page_preference() -> str:
    return f"odata.maxpagesize={PAGE_ROWS}"


def _change(shape: Any, row: Mapping[str, Any]) -> Change:
    if row.get("reason") == "deleted" or "$deletedEntity" in str(row.get("@odata.context", "")):
        return Change(str(row["id"]).lower(), None)
    record = record_of(shape, row)
    return Change(record.key, record)

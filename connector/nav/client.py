"""The client of Dynamics NAV and Business Central: a few verbs over OData V4 page services.

A record is addressed by its key text (records.key_text). Rows come in pages of the server's choosing (1,000 on NAV 2017,
20,000 on Business Central); `$batch` is not used, because NAV 2017 has it in a rarely used form only.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Self
from urllib.parse import quote, urlsplit

import orjson

from connector import odata
from connector.errors import (
    ConfigurationError,
    IntegrationError,
    NotFound,
    Permanent,
    RecordRejected,
    Retryable,
    ServerUnavailable,
)
from connector.nav import answers
from connector.nav.metadata import ServiceInfo, service_from_json, services_of
from connector.paging import pages, rows_of
from connector.records import Change, ChangePage, Record, WriteOutcome, key_parts, key_text
from connector.retry import Replay
from connector.schema_cache import MemoryCache, SchemaCache
from connector.transport import Answer, Call, Transport

HEADERS = {"Accept": "application/json;odata.metadata=minimal", "OData-MaxVersion": "4.0", "OData-Version": "4.0"}
# Fields that say when a record changed, best first; the last one is a day, not a time.
STAMPS = ("SystemModifiedAt", "Last_Modified_Date_Time", "Last_DateTime_Modified")
DAY_STAMP = "Last_Date_Modified"


class NavClient:
    """Reads and writes one company. Use it as a context manager; it belongs to one thread."""

    def __init__(self, root: str, company: str, transport: Transport, *, cache: SchemaCache | None = None) -> None:
        self._transport = transport
        self._root = root.rstrip("/")
        self._base = f"{self._root}/Company({quote(odata.quoted(company), safe=SAFE_IN_PATH)})/"
        self._cache = cache or MemoryCache()
        self._services: dict[str, ServiceInfo] = {}

    @staticmethod
    def explain(answer: Answer, call: Call) -> IntegrationError:
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

    # Reading

    def companies(self) -> list[str]:
        """Return the names of the companies that the user may open."""
        body = self._get(f"{self._root}/Company")
        return [str(row.get("Name") or row.get("name") or "") for row in rows_of(body)]

    def metadata(self) -> dict[str, ServiceInfo]:
        """Return the published page services by name, always read anew: somebody may just have published one."""
        answer = self._transport.send(
            Call("GET", f"{self._root}/$metadata", {"Accept": "application/xml"}, decode=_document)
        )
        services = services_of(answer.data)
        self._cache.drop()
        self._cache.put("services", {name: info.to_json() for name, info in services.items()})
        self._services = services
        return services

    def version(self) -> str:
        """Return Business Central's version; empty for NAV, which has no API to tell it."""
        root = self._root[: -len("/ODataV4")] if self._root.lower().endswith("/odatav4") else self._root
        try:
            body = self._get(f"{root}/api/v2.0/companies")
        except (ConfigurationError, RecordRejected):
            return ""
        return next((str(row.get("systemVersion") or "") for row in rows_of(body)), "")

    def services(self) -> dict[str, ServiceInfo]:
        """Return the published page services by name, as they were last read; read now where they never were."""
        if not self._services:
            kept = self._cache.get("services")
            self._services = {key: service_from_json(data) for key, data in kept.items()} if kept else self.metadata()
        return self._services

    def service(self, name: str) -> ServiceInfo:
        """Return what is known of a page service. Raises ConfigurationError when NAV does not publish it."""
        if name not in self.services():
            raise ConfigurationError(
                f"NAV does not publish a page service called {name}. Publish it on NAV's Web Services page "
                "(docs/nav-objects/README.md says how), then run check_connection.",
                code="service_missing",
            )
        return self._services[name]

    def iter_pages(
        self, service: str, select: Sequence[str], *, where: str = "", position: str | None = None
    ) -> Iterator[ChangePage]:
        """Yield a whole service page by page; `position` goes on behind a page that was read before."""
        info = self.service(service)
        for body, link in pages(position or self._query(info, select, where), self._get):
            changes = [Change(record.key, record) for record in (self._record(info, row) for row in rows_of(body))]
            if link is not None:
                self._own(link)
            yield ChangePage(changes, position=link)

    def iter_records(
        self, service: str, select: Sequence[str], *, where: str = "", top: int | None = None
    ) -> Iterator[Record]:
        """Yield the records of a service, at most `top`; `where` is a filter in OData names."""
        position = self._query(self.service(service), select, where, top) if top else None
        for page in self.iter_pages(service, select, where=where, position=position):
            yield from (change.record for change in page.changes if change.record is not None)

    def get(self, service: str, key: str) -> Record:
        """Return one record. Raises NotFound."""
        info = self.service(service)
        return self._record(info, self._get(self._path(info, key), record_key=key))

    def find(self, service: str, key: str) -> Record | None:
        """Return one record, or None when NAV does not have it."""
        try:
            return self.get(service, key)
        except NotFound:
            return None

    # Writing

    def create(self, service: str, values: Mapping[str, Any]) -> Record:
        """Create a record and return it as NAV stored it; NAV's number series gives the number where none is sent.

        Fields are validated by NAV in the order of `values`, as if typed on the page.
        """
        info = self.service(service)
        answer = self._transport.send(_write("POST", self._base + info.name, values, Replay.ONCE))
        return self._stored(info, answer)

    def update(self, service: str, key: str, values: Mapping[str, Any], *, if_match: str | None = None) -> Record:
        """Change a record under the version it was read with, and return it as NAV stored it.

        None reads the present version first. Raises VersionConflict, NotFound, ValidationRejected.
        """
        info = self.service(service)
        version = if_match or self.get(service, key).etag or "*"
        call = _write("PATCH", self._path(info, key), values, Replay.KEYED, {"If-Match": version}, key)
        return self._stored(info, self._transport.send(call))

    def delete(self, service: str, key: str, *, if_match: str | None = None) -> None:
        """Delete a record; one that is gone already counts as deleted."""
        info = self.service(service)
        headers = {"If-Match": if_match} if if_match else {}
        try:
            self._transport.send(Call("DELETE", self._path(info, key), headers, None, Replay.KEYED, record_key=key))
        except NotFound:
            return

    def update_many(
        self, service: str, rows: Sequence[tuple[str, Mapping[str, Any], str | None]]
    ) -> list[WriteOutcome]:
        """Change records one after the other, each under its version; each has its own outcome.

        Raises what concerns all of them: Retryable and Permanent errors that are not about one record.
        """
        outcomes: list[WriteOutcome] = []
        for key, values, etag in rows:
            try:
                record = self.update(service, key, values, if_match=etag)
                outcomes.append(WriteOutcome(record.key, record.etag, record))
            except (Retryable, Permanent):
                raise
            except IntegrationError as error:
                outcomes.append(WriteOutcome(key=key, error=error))
        return outcomes

    # Parts

    def _query(self, info: ServiceInfo, select: Sequence[str], where: str, top: int | None = None) -> str:
        stamps = [name for name in (*STAMPS, DAY_STAMP) if name in info.properties]
        columns = [name for name in dict.fromkeys((*info.key, *select, *stamps)) if name in info.properties]
        return self._base + info.name + odata.query({"$select": ",".join(columns), "$filter": where, "$top": top})

    def _path(self, info: ServiceInfo, key: str) -> str:
        return self._base + info.name + odata.key_segment(key_parts(key, info.key), info.key_types)

    def _get(self, url: str, *, record_key: str = "") -> dict[str, Any]:
        self._own(url)
        answer = self._transport.send(Call("GET", url, record_key=record_key))
        if not isinstance(answer.data, dict):
            raise ServerUnavailable("NAV answered a read without data.", code="no_data")
        return answer.data

    def _own(self, url: str) -> None:
        """Refuse a link to another server. Raises ConfigurationError."""
        if not odata.same_server(url, self._root):
            raise ConfigurationError(
                f"NAV sent a link that leads to {urlsplit(url).netloc}, another server. It is not followed: set the server "
                "instance's public OData address (PublicODataBaseUrl) to the address of the connection.",
                code="foreign_link",
            )

    def _record(self, info: ServiceInfo, row: Mapping[str, Any]) -> Record:
        values = odata.plain_values(row)
        stamp = next((moment for name in STAMPS if (moment := odata.utc_time(values.get(name)))), None)
        return Record(
            key=key_text([(name, values.get(name, "")) for name in info.key]),
            values=values,
            etag=odata.etag(row),
            modified_at=stamp,
        )

    def _stored(self, info: ServiceInfo, answer: Answer) -> Record:
        if not isinstance(answer.data, dict):
            raise ServerUnavailable("NAV answered a write without the record.", code="no_data", outcome_unknown=True)
        return self._record(info, answer.data)


SAFE_IN_PATH = "'"


def _document(answer: Answer) -> bytes:
    if odata.looks_like_a_page(answer.content_type, answer.body):
        raise odata.page_error()
    return answer.body


def _write(
    method: str,
    url: str,
    values: Mapping[str, Any],
    replay: Replay,
    headers: Mapping[str, str] | None = None,
    record_key: str = "",
) -> Call:
    sent = {"Content-Type": "application/json", **(headers or {})}
    return Call(method, url, sent, orjson.dumps(dict(values)), replay, record_key=record_key)

"""Many rows at once: bulk messages where a table offers them, else `$batch` with one answer per row.

Bulk messages are all-or-nothing on standard tables, so a refused chunk goes to `$batch` at once. Chunks adapt to the
server's speed; no row comes twice in a request. Source: "Use bulk operation messages".
"""

from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from connector import odata
from connector.chunking import SIZES, chunks
from connector.dataverse import answers, batch
from connector.dataverse.batch import LARGEST_BATCH, BatchPart, PartAnswer
from connector.dataverse.metadata import MetadataReader, TableShape
from connector.dataverse.rows import record_of, wire_row
from connector.dataverse.wire import Wire, row_path
from connector.errors import (
    ConfigurationError,
    IntegrationError,
    RecordRejected,
    Retryable,
    ServerUnavailable,
    Throttled,
    Timeout,
    VersionConflict,
)
from connector.records import WriteOutcome
from connector.retry import Replay, pause_seconds, with_jitter
from connector.transport import Answer, Call

NewRow = tuple[str, dict[str, Any]]
ChangedRow = tuple[str, dict[str, Any], str | None]
# Parts of a batch that were refused for the moment are sent again so often; every part is harmless to repeat.
ROUNDS = 3
# A message that the environment does not offer for a table after all, whatever sdkmessagefilters says.
NOT_OFFERED = frozenset({"0x80060888", "0x80040800", "0x80040203"})


class BulkWriter:
    """Writes chunks of rows of one table."""

    def __init__(self, wire: Wire, metadata: MetadataReader) -> None:
        self._wire = wire
        self._metadata = metadata
        self._refused_messages: set[tuple[str, str]] = set()

    def create(self, table: str, rows: Sequence[NewRow]) -> list[WriteOutcome]:
        """Create rows under the given ids. Raises Timeout or ServerUnavailable with an unknown outcome."""
        shape = self._metadata.shape(table)
        outcomes: list[WriteOutcome] = []
        for chunk in chunks(rows, lambda: self._size(table, "create"), lambda row: row[0]):
            bodies = [self._body(shape, values) | {shape.primary_id: key} for key, values in chunk]
            if self._offers(shape, "CreateMultiple"):
                outcomes.extend(self._create_multiple(shape, chunk, bodies))
            else:
                outcomes.extend(self._create_parts(shape, chunk, bodies))
        return outcomes

    def update(self, table: str, rows: Sequence[ChangedRow], *, unconditional: bool = False) -> list[WriteOutcome]:
        """Change rows, each under the version it was read with; `unconditional` allows the bulk message."""
        shape = self._metadata.shape(table)
        outcomes: list[WriteOutcome] = []
        for chunk in chunks(rows, lambda: self._size(table, "update"), lambda row: row[0]):
            bodies = [self._body(shape, values) for _key, values, _etag in chunk]
            if unconditional and self._offers(shape, "UpdateMultiple"):
                outcomes.extend(self._update_multiple(shape, chunk, bodies))
            else:
                outcomes.extend(self._update_parts(shape, chunk, bodies))
        return outcomes

    def delete(self, table: str, rows: Sequence[tuple[str, str | None]]) -> list[WriteOutcome]:
        """Delete rows, each under its version where one is given."""
        entity_set = self._metadata.entity_set(table)
        outcomes: list[WriteOutcome] = []
        for chunk in chunks(rows, lambda: self._size(table, "delete"), lambda row: row[0]):
            parts = [
                BatchPart("DELETE", self._part(entity_set, key), None, {"If-Match": etag} if etag else {})
                for key, etag in chunk
            ]
            outcomes.extend(self._parts(table, "delete", [key for key, _etag in chunk], parts))
        return outcomes

    def get_each(self, paths: Sequence[str]) -> list[PartAnswer]:
        """GET several paths in one request, in order."""
        return self._send_batch([BatchPart("GET", self._wire.part_path(path)) for path in paths])[0]

    def body(self, table: str, values: Mapping[str, Any]) -> dict[str, Any]:
        """Return plain values of a row as they are sent."""
        return self._body(self._metadata.shape(table), values)

    def send_parts(self, kind: str, keys: Sequence[str], parts: Sequence[BatchPart]) -> list[WriteOutcome]:
        """Send operations that are harmless to repeat, at most LARGEST_BATCH together; each has its own outcome."""
        outcomes: list[WriteOutcome] = []
        for start in range(0, len(parts), LARGEST_BATCH):
            end = start + LARGEST_BATCH
            outcomes.extend(self._parts("", kind, keys[start:end], parts[start:end]))
        return outcomes

    def _size(self, table: str, kind: str) -> int:
        return min(LARGEST_BATCH, SIZES.size(self._wire.base, table, kind))

    def _body(self, shape: TableShape, values: Mapping[str, Any]) -> dict[str, Any]:
        return wire_row(shape, values, self._metadata.entity_set)

    def _part(self, entity_set: str, key: str) -> str:
        return self._wire.part_path(row_path(entity_set, key))

    def _offers(self, shape: TableShape, message: str) -> bool:
        return message in shape.bulk_messages and (shape.logical_name, message) not in self._refused_messages

    def _create_multiple(
        self, shape: TableShape, chunk: Sequence[NewRow], bodies: list[dict[str, Any]]
    ) -> list[WriteOutcome]:
        try:
            answer = self._message(shape, "CreateMultiple", bodies, "create", Replay.ONCE)
        except (RecordRejected, ConfigurationError) as error:
            self._note_refusal(shape, "CreateMultiple", error)
            return self._create_parts(shape, chunk, bodies)
        ids = [str(key).lower() for key in (answer.data or {}).get("Ids") or ()]
        if ids != [key.lower() for key, _values in chunk]:
            raise ServerUnavailable(
                "Sales answered a bulk creation with other ids than those sent. They are looked up before anything is repeated.",
                code="ids_differ",
                outcome_unknown=True,
            )
        return [WriteOutcome(key=key) for key in ids]

    def _update_multiple(
        self, shape: TableShape, chunk: Sequence[ChangedRow], bodies: list[dict[str, Any]]
    ) -> list[WriteOutcome]:
        targets = [body | {shape.primary_id: row[0]} for body, row in zip(bodies, chunk, strict=True)]
        try:
            self._message(shape, "UpdateMultiple", targets, "update", Replay.KEYED)
        except (RecordRejected, ConfigurationError) as error:
            self._note_refusal(shape, "UpdateMultiple", error)
            return self._update_parts(shape, chunk, bodies)
        return [WriteOutcome(key=row[0]) for row in chunk]

    def _message(
        self, shape: TableShape, message: str, bodies: list[dict[str, Any]], kind: str, replay: Replay
    ) -> Answer:
        typed = [{"@odata.type": f"Microsoft.Dynamics.CRM.{shape.logical_name}"} | body for body in bodies]
        path = f"{shape.entity_set}/Microsoft.Dynamics.CRM.{message}"
        key = (self._wire.base, shape.logical_name, kind)
        try:
            answer = self._wire.send("POST", path, {"Targets": typed}, replay=replay)
        except Timeout:
            SIZES.shrink(*key)
            raise
        SIZES.learn(len(bodies), answer.seconds, *key)
        return answer

    def _note_refusal(self, shape: TableShape, message: str, error: RecordRejected | ConfigurationError) -> None:
        # A message that is not offered comes as 400 or as 404; every other error of the set-up is one.
        if error.code in NOT_OFFERED and message in error.message:
            self._refused_messages.add((shape.logical_name, message))
        elif isinstance(error, ConfigurationError):
            raise error

    def _create_parts(
        self, shape: TableShape, chunk: Sequence[NewRow], bodies: list[dict[str, Any]]
    ) -> list[WriteOutcome]:
        path = self._wire.part_path(shape.entity_set)
        parts = [BatchPart("POST", path, orjson.dumps(body)) for body in bodies]
        return self._parts(shape.logical_name, "create", [key for key, _values in chunk], parts)

    def _update_parts(
        self, shape: TableShape, chunk: Sequence[ChangedRow], bodies: list[dict[str, Any]]
    ) -> list[WriteOutcome]:
        moved = {} if shape.concurrency else self._moved(shape, chunk)
        kept = [(row, body) for row, body in zip(chunk, bodies, strict=True) if row[0] not in moved]
        parts = [
            BatchPart(
                "PATCH", self._part(shape.entity_set, key), orjson.dumps(body), {"If-Match": self._version(shape, etag)}
            )
            for (key, _values, etag), body in kept
        ]
        written = (
            self._parts(shape.logical_name, "update", [row[0] for row, _body in kept], parts, shape) if kept else []
        )
        outcomes = {outcome.key: outcome for outcome in (*moved.values(), *written)}
        return [outcomes[row[0]] for row in chunk]

    @staticmethod
    def _version(shape: TableShape, etag: str | None) -> str:
        return etag or "*" if shape.concurrency else "*"

    def _moved(self, shape: TableShape, chunk: Sequence[ChangedRow]) -> dict[str, WriteOutcome]:
        """Return the rows that are not as they were seen, for a table whose versions the server does not check.

        They are read immediately before the write; what moves in that instant is lost, which the mapping's page says.
        """
        seen = [(key, etag) for key, _values, etag in chunk if etag]
        query = odata.query({"$select": shape.primary_id})
        parts = self.get_each([row_path(shape.entity_set, key) + query for key, _etag in seen]) if seen else []
        moved: dict[str, WriteOutcome] = {}
        for (key, etag), part in zip(seen, parts, strict=True):
            present = outcome_of(key, part, shape)
            if present.error is not None:
                moved[key] = WriteOutcome(key=key, error=present.error)
            elif present.etag != etag:
                error = VersionConflict(
                    "The record in Sales was changed by somebody else since it was read.", code="moved"
                )
                moved[key] = WriteOutcome(key=key, error=error)
        return moved

    def _parts(
        self, table: str, kind: str, keys: Sequence[str], parts: Sequence[BatchPart], shape: TableShape | None = None
    ) -> list[WriteOutcome]:
        """Send parts until each has an answer that is not *later*; a creation is addressed by its id, so it may repeat."""
        outcomes: dict[int, WriteOutcome] = {}
        waiting = list(range(len(parts)))
        for round_number in range(1, ROUNDS + 1):
            found, seconds = self._send_batch([parts[index] for index in waiting], kind)
            SIZES.learn(len(waiting), seconds, self._wire.base, table, kind)
            for index, answer in zip(waiting, found, strict=False):
                outcomes[index] = outcome_of(keys[index], answer, shape)
            waiting = [index for index in waiting if _comes_again(outcomes.get(index))]
            if not waiting:
                break
            if round_number < ROUNDS:
                error = next((outcome.error for index in waiting if (outcome := outcomes.get(index))), None)
                if isinstance(error, Throttled):
                    self._wire.transport.window.hold(max(error.retry_after, 1.0))
                pause = pause_seconds(error or ServerUnavailable("", outcome_unknown=True), round_number)
                self._wire.transport.pause(with_jitter(pause))
        return [
            outcomes.get(index) or WriteOutcome(key=keys[index], error=_unanswered()) for index in range(len(parts))
        ]

    def _send_batch(self, parts: Sequence[BatchPart], kind: str = "read") -> tuple[list[PartAnswer], float]:
        content_type, body = batch.encode(parts)
        headers = {"Content-Type": content_type, "Prefer": "odata.continue-on-error"}
        replay = {"read": Replay.SAFE, "update": Replay.KEYED, "delete": Replay.KEYED}.get(kind, Replay.ONCE)
        call = Call("POST", self._wire.url("$batch"), headers, body, replay, decoded_batch)
        answer = self._wire.transport.send(call)
        return list(answer.data), answer.seconds


def decoded_batch(answer: Answer) -> list[PartAnswer]:
    """Decode the parts of a batch answer."""
    if odata.looks_like_a_page(answer.content_type, answer.body):
        raise odata.page_error()
    return batch.decode(answer.content_type, answer.body)


def outcome_of(key: str, answer: PartAnswer, shape: TableShape | None) -> WriteOutcome:
    """Return what became of one row."""
    if answer.status < 300:
        etag = answer.headers.get("etag")
        if answer.body and shape is not None:
            record = record_of(shape, odata.json_body(answer.headers.get("content-type", ""), answer.body))
            return WriteOutcome(key=record.key, etag=record.etag, record=record)
        return WriteOutcome(key=key, etag=etag)
    found = odata.error_body(answer.headers.get("content-type", ""), answer.body)
    text = answer.headers.get("retry-after", "")
    retry_after = float(text) if text.isdecimal() else answers.DEFAULT_THROTTLE_SECONDS
    error = answers.meaning(answer.status, found.code, found.message, retry_after)
    error.record_key = key
    error.request_id = answer.headers.get("req_id") or answer.headers.get("x-ms-service-request-id") or ""
    return WriteOutcome(key=key, error=error)


def _comes_again(outcome: WriteOutcome | None) -> bool:
    return outcome is None or isinstance(outcome.error, Retryable)


def _unanswered() -> IntegrationError:
    return Timeout(
        "Sales stopped answering in the middle of a batch, so this row has no answer. It is looked up before it is repeated.",
        code="batch_unanswered",
        outcome_unknown=True,
    )

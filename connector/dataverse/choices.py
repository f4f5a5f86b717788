"""Choice columns: their options read, added and renamed, many in one request.

An option is added under a value of our choosing, so that repeating it after a lost answer makes no second one. Several columns
may hold the same options (`paymenttermscode` of account, order, quote and invoice). Source: "Create and update choices".
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from connector import odata
from connector.dataverse import answers
from connector.dataverse.batch import BatchPart
from connector.dataverse.bulk import BulkWriter
from connector.dataverse.metadata import choice_of, choice_path
from connector.dataverse.wire import Wire
from connector.errors import DuplicateRecord
from connector.records import WriteOutcome
from connector.retry import Replay

ENGLISH = 1033
Column = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Option:
    """One option of one choice column."""

    table: str
    column: str
    value: int
    label: str


class ChoiceColumns:
    """Reads and writes the options of choice columns."""

    def __init__(self, wire: Wire, bulk: BulkWriter) -> None:
        self._wire = wire
        self._bulk = bulk
        self._global_names: dict[Column, str] = {}

    def read(self, columns: Sequence[Column]) -> dict[Column, dict[int, str]]:
        """Return the options of each column by value, in one request. Raises what the first refused column means."""
        found: dict[Column, dict[int, str]] = {}
        parts = self._bulk.get_each([choice_path(table, column) for table, column in columns])
        for place, part in zip(columns, parts, strict=True):
            content_type = part.headers.get("content-type", "application/json")
            if part.status >= 400:
                error = odata.error_body(content_type, part.body)
                raise answers.meaning(part.status, error.code, error.message)
            found[place], self._global_names[place] = choice_of(odata.json_body(content_type, part.body))
        return found

    def insert(self, options: Sequence[Option]) -> list[WriteOutcome]:
        """Add options; one that is there already under that value counts as added."""
        outcomes = self._send("InsertOptionValue", options, self._body)
        return [
            WriteOutcome(key=outcome.key) if isinstance(outcome.error, DuplicateRecord) else outcome
            for outcome in outcomes
        ]

    def rename(self, options: Sequence[Option]) -> list[WriteOutcome]:
        """Give options another label."""
        return self._send("UpdateOptionValue", options, lambda option: self._body(option) | {"MergeLabels": True})

    def publish(self, tables: Iterable[str]) -> None:
        """Publish changed tables, and the global choices that their columns are known to use, in one request."""
        chosen = sorted(set(tables))
        entities = "".join(f"<entity>{table}</entity>" for table in chosen)
        shared = sorted({name for (table, _column), name in self._global_names.items() if name and table in chosen})
        optionsets = "".join(f"<optionset>{name}</optionset>" for name in shared)
        optionsets = f"<optionsets>{optionsets}</optionsets>" if shared else ""
        xml = f"<importexportxml><entities>{entities}</entities>{optionsets}</importexportxml>"
        self._wire.send("POST", "PublishXml", {"ParameterXml": xml}, replay=Replay.KEYED)

    def _send(
        self, action: str, options: Sequence[Option], body: Callable[[Option], dict[str, Any]]
    ) -> list[WriteOutcome]:
        path = self._wire.part_path(action)
        parts = [BatchPart("POST", path, orjson.dumps(body(option))) for option in options]
        return self._bulk.send_parts(action, [str(option.value) for option in options], parts)

    def _body(self, option: Option) -> dict[str, Any]:
        place = (option.table, option.column)
        if place not in self._global_names:
            self.read([place])
        name = self._global_names[place]
        where = (
            {"OptionSetName": name}
            if name
            else {"EntityLogicalName": option.table, "AttributeLogicalName": option.column}
        )
        localized = {
            "@odata.type": "Microsoft.Dynamics.CRM.LocalizedLabel",
            "Label": option.label,
            "LanguageCode": ENGLISH,
        }
        label = {"@odata.type": "Microsoft.Dynamics.CRM.Label", "LocalizedLabels": [localized]}
        return where | {"Value": option.value, "Label": label}

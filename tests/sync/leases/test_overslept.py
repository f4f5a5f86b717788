"""A worker that slept through its lease commits nothing, at none of the places where workers commit."""

import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from connector.errors import LockTaken, RecordRejected
from connector.records import Change, ChangePage, Record, WriteOutcome
from sync.choices import ChunkStage, Direction, ItemStatus, LineStage, SynchAction
from sync.models import (
    Coupling,
    FieldConflict,
    MirrorRecord,
    MirrorTable,
    OptionMapping,
    PendingRecord,
    PlanItem,
    SynchChunk,
    SynchJob,
    SynchJobEntry,
    SynchJobError,
    SynchRunLine,
    WriteIntent,
)
from sync.services import applying, crm_writes, erp_writes, fetch, intents, lines, options, replanning
from sync.services.outcomes import ChunkContext
from sync.services.steps import StepTaker
from tests.factories import CouplingFactory, PlanItemFactory
from tests.sync.leases.conftest import overslept

CRM_ID = "00000000-0000-4000-8000-00000000000a"
EVERYTHING = (
    Coupling,
    FieldConflict,
    MirrorRecord,
    MirrorTable,
    OptionMapping,
    PendingRecord,
    PlanItem,
    SynchChunk,
    SynchJob,
    SynchJobEntry,
    SynchJobError,
    SynchRunLine,
    WriteIntent,
)


def stored() -> dict[str, list[dict[str, Any]]]:
    """Return all that workers store."""
    return {model.__name__: list(model._default_manager.order_by("pk").values()) for model in EVERYTHING}


@contextmanager
def nothing_committed() -> Iterator[None]:
    """Expect that the worker is told that it is too late, and that nothing of its work is kept."""
    before = stored()
    with pytest.raises(LockTaken):
        yield
    after = stored()
    assert {name: rows for name, rows in after.items() if rows != before[name]} == {}


class FakeClient:
    """Answers as if every request had gone well."""

    requests = 0
    refusal: Exception | None = None
    label = "10000"

    def __init__(self, *_arguments: Any) -> None:
        self.choices = self

    def __enter__(self) -> "FakeClient":
        return self

    def __exit__(self, *_error: object) -> None:
        return None

    def existing(self, _table: str, ids: list[str], _columns: list[str]) -> dict[str, Record]:
        return {key: Record(key, {"name": "There"}, "W/2", None, None) for key in ids}

    def create(self, _service: str, _values: Any) -> Record:
        if self.refusal:
            raise self.refusal
        return Record("10000", {"No": "10000"}, "W/1", None, None)

    def read(self, columns: list[tuple[str, str]]) -> dict[tuple[str, str], dict[int, str]]:
        return {column: {100_000_000: self.label} for column in columns}

    def insert(self, wanted: list[Any]) -> list[WriteOutcome]:
        return [WriteOutcome(key="") for _option in wanted]

    rename = insert

    def publish(self, _tables: Any) -> None:
        return None


@pytest.fixture
def late(chunk_at: Callable[..., SynchChunk]) -> ChunkContext:
    """A worker that is applying a chunk, and overslept."""
    chunk = chunk_at()
    return ChunkContext(chunk, overslept(chunk))


def item_of(context: ChunkContext, **values: Any) -> PlanItem:
    """Return an action of the chunk, still to do."""
    values = {"direction": Direction.TO, "action": SynchAction.INSERT, "crm_id": CRM_ID, "erp_key": "10000", **values}
    values = {"payload": {"values": {}, "baseline": {}}, "status": ItemStatus.PENDING, **values}
    item: PlanItem = PlanItemFactory.create(
        line=context.line, plan=context.run.plan, mapping=context.mapping, chunk=context.chunk.number, **values
    )
    return item


def refusal() -> RecordRejected:
    return RecordRejected("No.", code="no")


# Applying a chunk


@pytest.mark.parametrize("action", [SynchAction.COUPLE, SynchAction.WAIT, SynchAction.FAIL])
def test_what_needs_no_request(late: ChunkContext, action: SynchAction) -> None:
    item_of(late, action=action, reason="Because.", code="code", cause="cause")
    with nothing_committed():
        applying.chunk_apply(late.chunk, late.token)


@pytest.mark.parametrize("action", [SynchAction.UNCOUPLE, SynchAction.UNCHANGED, SynchAction.CONFLICT])
def test_what_needs_no_request_of_pairs(late: ChunkContext, action: SynchAction) -> None:
    CouplingFactory.create(mapping=late.mapping, erp_key="10000", crm_id=CRM_ID)
    conflict = {"field": "name", "baseline": "A", "erp": "B", "crm": "C"}
    item_of(late, action=action, payload={"baseline": {"1": ["B"]}, "conflicts": [conflict]})
    with nothing_committed():
        applying.chunk_apply(late.chunk, late.token)


def test_end_of_a_chunk(late: ChunkContext) -> None:
    late.chunk.counters = {"to": {"unchanged": 3}}
    with nothing_committed():
        applying.chunk_apply(late.chunk, late.token)


def test_creations_in_sales(late: ChunkContext) -> None:
    item = item_of(late)
    with nothing_committed():
        crm_writes.creations_store(late, [item], {item.pk: WriteOutcome(key=CRM_ID)})


def test_refusals(late: ChunkContext) -> None:
    item = item_of(late)
    with nothing_committed():
        crm_writes.failures_store(late, [(item, refusal())])


def test_changes_in_sales(late: ChunkContext) -> None:
    CouplingFactory.create(mapping=late.mapping, erp_key="10000", crm_id=CRM_ID)
    item = item_of(late, action=SynchAction.MODIFY, payload={"baseline": {"1": ["B"]}})
    with nothing_committed():
        crm_writes.modifications_store(late, [item])


def test_a_moved_row(late: ChunkContext) -> None:
    CouplingFactory.create(mapping=late.mapping, erp_key="10000", crm_id=CRM_ID)
    item = item_of(late, action=SynchAction.MODIFY)
    with nothing_committed():
        replanning.modify_again(late, FakeClient(), [item])  # type: ignore[arg-type]


def test_intents(late: ChunkContext) -> None:
    item = item_of(late)
    with nothing_committed():
        intents.intents_open(late, [item])


def test_note_that_an_answer_may_get_lost(late: ChunkContext) -> None:
    intent = WriteIntent.objects.create(mapping=late.mapping, direction="from", source_key=CRM_ID, state="open")
    with nothing_committed():
        intents.intent_written(late, intent, {})


def test_creation_in_nav(late: ChunkContext) -> None:
    item = item_of(late, direction=Direction.FROM)
    mirror = MirrorTable.objects.get(table="Customer")
    with nothing_committed():
        erp_writes._create(late, FakeClient(), mirror, item, WriteIntent())  # type: ignore[arg-type]


def test_refused_creation_in_nav(late: ChunkContext) -> None:
    item = item_of(late, direction=Direction.FROM)
    WriteIntent.objects.create(mapping=late.mapping, direction="from", source_key=CRM_ID, state="open")
    client = FakeClient()
    client.refusal = refusal()
    with nothing_committed():
        mirror = MirrorTable.objects.get(table="Customer")
        erp_writes._create(late, client, mirror, item, WriteIntent())  # type: ignore[arg-type]


def test_changes_in_nav(late: ChunkContext) -> None:
    CouplingFactory.create(mapping=late.mapping, erp_key="10000", crm_id=CRM_ID)
    item = item_of(late, direction=Direction.FROM, action=SynchAction.MODIFY, payload={"baseline": {"1": ["B"]}})
    outcome = WriteOutcome("10000", "W/2", Record("10000", {"No": "10000"}, "W/2", None, None))
    with nothing_committed():
        erp_writes._modifications_store(late, MirrorTable.objects.get(table="Customer"), [(item, outcome.record)])


def test_step_of_a_product(late: ChunkContext) -> None:
    item = item_of(late, step=1)
    with nothing_committed():
        StepTaker(late, FakeClient(), {})._store([item], [], 1)  # type: ignore[arg-type]


def test_last_step_of_a_product(late: ChunkContext) -> None:
    CouplingFactory.create(mapping=late.mapping, erp_key="10000", crm_id=CRM_ID)
    item = item_of(late, step=5, payload={"later": {"1": ["B"]}})
    with nothing_committed():
        StepTaker(late, FakeClient(), {})._close([item], 4)  # type: ignore[arg-type]


def test_new_options(late: ChunkContext) -> None:
    item = item_of(late)
    with nothing_committed():
        options._store(late, [item], {item.pk: 100_000_000})


def test_renamed_options(late: ChunkContext, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(options, "crm_client", FakeClient)
    OptionMapping.objects.create(mapping=late.mapping, erp_key="10000", value=100_000_000, label="Old")
    payload = {"values": {"label": {"v": "New", "k": "text"}}}
    item = item_of(late, action=SynchAction.MODIFY, crm_id="100000000", payload=payload)
    with nothing_committed():
        options.options_rename(late, [item])


# Planning, reading, moving a line on


class Plan:
    """A plan that is easy to make."""

    actions: tuple[Any, ...] = ()
    counters: dict[str, dict[str, int]] = {"to": {"unchanged": 1}}
    seen = outside = 0

    def __init__(self, *_arguments: Any) -> None:
        return None

    def plan_erp_keys(self, _keys: list[str]) -> "Plan":
        return self


def test_plan_of_a_chunk(chunk_at: Callable[..., SynchChunk], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines, "ChunkPlanner", Plan)
    chunk = chunk_at(ChunkStage.PLAN)
    token = overslept(chunk)
    with nothing_committed():
        lines._chunk_turn(chunk, token)


def test_page_of_a_table(chunk_at: Callable[..., SynchChunk]) -> None:
    chunk = chunk_at()
    mirror = MirrorTable.objects.get(table="Customer")
    token = overslept(mirror)
    page = ChangePage([Change("10", Record("10", {"No": "10"}, "W/1", None, None))], None, "cursor")
    with nothing_committed():
        fetch._commit_page(mirror, page, [], chunk.line.run_id, token)


STAGES: dict[LineStage, dict[str, Callable[..., Any]]] = {
    LineStage.SPLIT: {"erp_keys": lambda _line: ["10000"]},
    LineStage.PLAN: {},
    LineStage.SPLIT_BACK: {"back_keys": lambda _line: [CRM_ID]},
    LineStage.PLAN_BACK: {},
    LineStage.CHECK: {"mass_change_check": lambda _line: None},
    LineStage.APPLY: {},
    LineStage.READ_BACK: {"read_back_line": lambda _line: True},
}


@pytest.mark.parametrize("preview", [False, True])
@pytest.mark.parametrize("stage", STAGES)
def test_stage_of_a_line(
    stage: LineStage, preview: bool, line_at: Callable[..., SynchRunLine], monkeypatch: pytest.MonkeyPatch
) -> None:
    line = line_at(stage)
    line.run.preview = preview
    for name, replacement in STAGES[stage].items():
        monkeypatch.setattr(lines, name, replacement)
    token = overslept(line)
    with nothing_committed():
        lines.STAGES[stage](line, token)


def test_chunks_are_released_only_by_the_holder(
    chunk_at: Callable[..., SynchChunk], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the plan's hash and the release lies the mass-change stop; whoever sleeps there releases nothing."""
    chunk = chunk_at(ChunkStage.PLANNED)
    line = chunk.line
    token = lines.lease_take(line)

    def sleep_through(_line: SynchRunLine) -> None:
        lines.SynchRunLine.objects.filter(pk=line.pk).update(lease_token=uuid.uuid4())

    monkeypatch.setattr(lines, "mass_change_check", sleep_through)
    with pytest.raises(LockTaken):
        lines._check(line, token)  # type: ignore[arg-type]
    chunk.refresh_from_db()
    assert chunk.stage == ChunkStage.PLANNED


def test_no_table_is_read_without_the_lease(
    line_at: Callable[..., SynchRunLine], monkeypatch: pytest.MonkeyPatch
) -> None:
    line = line_at(LineStage.FETCH)
    read: list[Any] = []
    monkeypatch.setattr(lines, "mapping_spec", lambda _mapping: None)
    monkeypatch.setattr(lines, "tables_of", lambda _mapping: [type("Remote", (), {"side": "erp", "table": "Customer"})])
    monkeypatch.setattr(lines, "mirror_of", lambda *_arguments: None)
    monkeypatch.setattr(lines, "mirror_fetch", lambda *arguments: read.append(arguments) or True)
    token = overslept(line)
    with nothing_committed():
        lines._fetch(line, token)
    assert read == []

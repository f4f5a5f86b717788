"""Turns of workers that meet: what the quicker one has done, the slower one neither repeats nor undoes."""

import uuid
from collections.abc import Callable
from typing import Any

import pytest

from connector.errors import ConfigurationError, LockTaken, ServerUnavailable, Throttled
from sync.choices import ChunkStage, JobQueueStatus, LineStage
from sync.models import JobQueueLogEntry, PlanItem, SynchChunk, SynchRunLine
from sync.models.leases import Leased
from sync.services import lines
from sync.services.leases import database_now, lease_take
from tests.factories import PlanItemFactory

Message = tuple[str, str]


def taken_over(row: Leased) -> None:
    """Let another worker take a row over from whoever holds it."""
    type(row)._default_manager.filter(pk=row.pk).update(lease_token=uuid.uuid4(), leased_by="elsewhere:1")


def raising(error: Exception, before: Callable[[], None] = lambda: None) -> Callable[..., bool]:
    """Return work that fails, after something else has happened."""

    def work(*_arguments: Any) -> bool:
        before()
        raise error

    return work


def test_line_that_another_worker_ended_meanwhile_stays_ended(
    line_at: Callable[..., SynchRunLine], monkeypatch: pytest.MonkeyPatch
) -> None:
    line = line_at(LineStage.READ_BACK)

    def take_late(row: SynchRunLine) -> Any:
        lines.line_finish(SynchRunLine.objects.get(pk=row.pk))
        SynchRunLine.objects.filter(pk=row.pk).update(stage=LineStage.DONE)
        return lease_take(row)

    monkeypatch.setattr(lines, "lease_take", take_late)
    assert lines.line_work(line.pk) is False
    line.refresh_from_db()
    assert (line.job_queue_entry_status, line.stage) == (JobQueueStatus.FINISHED, LineStage.DONE)
    assert line.lease_token is None


@pytest.mark.parametrize("stage", [ChunkStage.PLANNED, ChunkStage.DONE])
def test_chunk_that_another_worker_ended_meanwhile_is_not_planned_again(
    stage: ChunkStage, chunk_at: Callable[..., SynchChunk], monkeypatch: pytest.MonkeyPatch
) -> None:
    chunk = chunk_at(ChunkStage.PLAN if stage == ChunkStage.PLANNED else ChunkStage.APPLY)
    item = PlanItemFactory.create(line=chunk.line, plan=chunk.line.run.plan, chunk=chunk.number)

    def take_late(row: SynchChunk) -> Any:
        SynchChunk.objects.filter(pk=row.pk).update(stage=stage)
        return lease_take(row)

    monkeypatch.setattr(lines, "lease_take", take_late)
    assert lines.chunk_work(chunk.pk) is False
    chunk.refresh_from_db()
    assert (chunk.stage, chunk.lease_token) == (stage, None)
    assert PlanItem.objects.filter(pk=item.pk).exists()


def test_line_is_ended_in_one_commit(line_at: Callable[..., SynchRunLine], monkeypatch: pytest.MonkeyPatch) -> None:
    """Killed between its last stage and its end, a line would stay In Process for ever: nobody takes up a line that is done."""
    line = line_at(LineStage.READ_BACK)
    token = lease_take(line)
    assert token
    monkeypatch.setattr(lines, "read_back_line", lambda _line: True)
    monkeypatch.setattr(lines, "line_finish", raising(KeyboardInterrupt()))
    with pytest.raises(KeyboardInterrupt):
        lines._read_back(line, token)
    assert SynchRunLine.objects.get(pk=line.pk).stage == LineStage.READ_BACK


@pytest.mark.parametrize("error", [ConfigurationError("Wrong."), RuntimeError("odd")])
def test_failure_of_an_overslept_worker_does_not_end_the_line(
    error: Exception, line_at: Callable[..., SynchRunLine], monkeypatch: pytest.MonkeyPatch
) -> None:
    line = line_at(LineStage.FETCH)
    monkeypatch.setitem(lines.STAGES, LineStage.FETCH, raising(error, lambda: taken_over(line)))
    lines.line_work(line.pk)
    line.refresh_from_db()
    assert line.job_queue_entry_status == JobQueueStatus.IN_PROCESS
    assert line.leased_by == "elsewhere:1"


@pytest.mark.parametrize("error", [ConfigurationError("Wrong."), RuntimeError("odd")])
def test_failure_of_an_overslept_worker_does_not_end_the_line_of_a_chunk(
    error: Exception, chunk_at: Callable[..., SynchChunk], monkeypatch: pytest.MonkeyPatch
) -> None:
    chunk = chunk_at()
    monkeypatch.setattr(lines, "_chunk_turn", raising(error, lambda: taken_over(chunk)))
    lines.chunk_work(chunk.pk)
    chunk.line.refresh_from_db()
    assert chunk.line.job_queue_entry_status == JobQueueStatus.IN_PROCESS


def test_overslept_turn_leaves_the_lease_to_its_successor(
    line_at: Callable[..., SynchRunLine], monkeypatch: pytest.MonkeyPatch
) -> None:
    line = line_at(LineStage.SPLIT)

    def sleep_through(row: SynchRunLine) -> list[str]:
        taken_over(row)
        return ["10000"]

    monkeypatch.setattr(lines, "erp_keys", sleep_through)
    assert lines.line_work(line.pk)
    line.refresh_from_db()
    assert (line.stage, line.leased_by) == (LineStage.SPLIT, "elsewhere:1")
    assert "taken over" in JobQueueLogEntry.objects.get(line=line).message


def test_passing_trouble_waits_by_the_rows_own_clock(
    line_at: Callable[..., SynchRunLine], monkeypatch: pytest.MonkeyPatch
) -> None:
    line = line_at(LineStage.FETCH)
    monkeypatch.setitem(lines.STAGES, LineStage.FETCH, raising(ServerUnavailable("Down.", code="down")))
    assert lines.line_work(line.pk)
    line.refresh_from_db()
    assert line.lease_token is None
    assert line.not_before is not None
    assert line.not_before > database_now()
    assert line.message.startswith("Down. The next attempt follows by itself")
    assert lines.line_work(line.pk) is False, "it is not due"


def test_trouble_that_does_not_pass_ends_the_line_with_its_reason(
    line_at: Callable[..., SynchRunLine], monkeypatch: pytest.MonkeyPatch
) -> None:
    line = line_at(LineStage.FETCH)
    monkeypatch.setitem(lines.STAGES, LineStage.FETCH, raising(ServerUnavailable("Down.", code="down")))
    for _attempt in range(lines.ATTEMPTS):
        SynchRunLine.objects.update(not_before=None)
        assert lines.line_work(line.pk)
    line.refresh_from_db()
    assert (line.job_queue_entry_status, line.message) == (JobQueueStatus.ERROR, "Down.")
    assert lines.line_work(line.pk) is False


def test_throttling_is_waited_out_for_as_long_as_it_takes(
    line_at: Callable[..., SynchRunLine], monkeypatch: pytest.MonkeyPatch
) -> None:
    line = line_at(LineStage.FETCH)
    busy = Throttled("Too much.", code="busy")
    busy.retry_after = 300
    monkeypatch.setitem(lines.STAGES, LineStage.FETCH, raising(busy))
    for _attempt in range(3 * lines.ATTEMPTS):
        SynchRunLine.objects.update(not_before=None)
        assert lines.line_work(line.pk)
    line.refresh_from_db()
    assert line.job_queue_entry_status == JobQueueStatus.IN_PROCESS
    assert line.not_before
    assert (line.not_before - database_now()).total_seconds() > 290


def test_unexpected_error_is_kept_with_its_trace(
    line_at: Callable[..., SynchRunLine], monkeypatch: pytest.MonkeyPatch
) -> None:
    line = line_at(LineStage.FETCH)
    monkeypatch.setitem(lines.STAGES, LineStage.FETCH, raising(RuntimeError("odd")))
    assert lines.line_work(line.pk)
    line.refresh_from_db()
    assert line.job_queue_entry_status == JobQueueStatus.ERROR
    assert "RuntimeError" in line.message
    assert "odd" in line.details
    assert "odd" not in line.message


def test_a_chunk_in_trouble_holds_no_other_chunk_back(
    chunk_at: Callable[..., SynchChunk], monkeypatch: pytest.MonkeyPatch
) -> None:
    first = chunk_at()
    second = chunk_at(line=first.line, number=2)

    def turn(chunk: SynchChunk, _token: uuid.UUID) -> None:
        if chunk.number == 1:
            raise ServerUnavailable("Down.", code="down")
        SynchChunk.objects.filter(pk=chunk.pk).update(stage=ChunkStage.DONE)

    monkeypatch.setattr(lines, "_chunk_turn", turn)
    assert lines.chunks_work(first.line_id) == 2
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.stage, second.stage) == (ChunkStage.APPLY, ChunkStage.DONE)
    assert first.not_before


def test_log_of_a_dead_worker_is_closed_by_its_successor(
    line_at: Callable[..., SynchRunLine], monkeypatch: pytest.MonkeyPatch
) -> None:
    line = line_at(LineStage.FETCH)
    left = JobQueueLogEntry.objects.create(line=line, what="Fetch", worker="gone:1", started_at=database_now())
    monkeypatch.setitem(lines.STAGES, LineStage.FETCH, raising(ServerUnavailable("Down.", code="down")))
    lines.line_work(line.pk)
    left.refresh_from_db()
    assert left.status == "error" and left.finished_at
    assert "Another one" in left.message


def test_a_locked_table_in_nav_is_tried_again_by_the_rows_own_clock(
    line_at: Callable[..., SynchRunLine], monkeypatch: pytest.MonkeyPatch
) -> None:
    line = line_at(LineStage.FETCH)
    monkeypatch.setitem(lines.STAGES, LineStage.FETCH, raising(LockTaken("Locked.")))
    lines.line_work(line.pk)
    line.refresh_from_db()
    assert line.leased_by == "" and line.not_before is not None
    assert line.message.startswith("Locked.")

"""Runs are stopped, paused, resumed and restarted by people, and found again by the sweep when messages are lost."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from sync.choices import RUN_ENDS, ChunkStage, Direction, JobQueueStatus, JobStatus, LineStage, RunStatus, SynchKind
from sync.models import AuditEvent, MirrorTable, SynchChunk, SynchRun, SynchRunLine
from sync.services import lines, runs
from sync.services.leases import database_now, lease_take
from sync.services.runs import (
    RunRefused,
    line_restart,
    run_advance,
    run_cancel,
    run_pause,
    run_reset,
    run_resume,
    run_start,
    runs_sweep,
)
from sync.tasks import sweep
from tests.factories import MappingFactory, MirrorTableFactory, PlanItemFactory
from tests.sync.leases.conftest import lapse

Message = tuple[str, str]
LineMaker = Callable[..., SynchRunLine]


def now(row: Any) -> Any:
    """Return the row as the database has it now."""
    return type(row)._default_manager.get(pk=row.pk)


def both(line_at: LineMaker) -> tuple[SynchRun, SynchRunLine, SynchRunLine]:
    """Return a run with a line at work and one that waits for it."""
    line = line_at(LineStage.PLAN)
    later = line_at(
        run=line.run, mapping="CONTACT", depends_on=["CUSTOMER"], job_queue_entry_status="", started_at=None
    )
    return line.run, line, later


# Starting


def test_two_runs_never_hold_the_same_mapping() -> None:
    MappingFactory.create(name="CUSTOMER", direction=Direction.TO)
    MappingFactory.create(name="CONTACT", direction=Direction.TO)
    first = run_start(SynchKind.FULL, user="Annette Hill", names=["CUSTOMER"])
    with pytest.raises(RunRefused, match=r"Annette Hill and is still at work on CUSTOMER") as refused:
        run_start(SynchKind.SCHEDULED, user="somebody", names=["CONTACT", "CUSTOMER"])
    assert refused.value.run == first
    assert refused.value.code == "run_holds_mapping"
    assert SynchRun.objects.count() == 1
    run_start(SynchKind.SCHEDULED, user="somebody", names=["CONTACT"])


@pytest.mark.parametrize("status", sorted(RUN_ENDS))
def test_a_run_that_has_ended_holds_nothing(status: RunStatus) -> None:
    MappingFactory.create(name="CUSTOMER", direction=Direction.TO)
    first = run_start(SynchKind.FULL, user="somebody", names=["CUSTOMER"])
    SynchRun.objects.filter(pk=first.pk).update(status=status)
    run_start(SynchKind.FULL, user="somebody", names=["CUSTOMER"])


def test_a_preview_and_a_paused_run_hold_their_mappings() -> None:
    MappingFactory.create(name="CUSTOMER", direction=Direction.TO)
    preview = run_start(SynchKind.FULL, user="somebody", names=["CUSTOMER"], preview=True)
    with pytest.raises(RunRefused):
        run_start(SynchKind.FULL, user="somebody", names=["CUSTOMER"])
    run_cancel(preview, "somebody")
    paused = run_start(SynchKind.FULL, user="somebody", names=["CUSTOMER"])
    run_pause(paused, "somebody")
    with pytest.raises(RunRefused):
        run_start(SynchKind.FULL, user="somebody", names=["CUSTOMER"])


def test_only_what_became_ready_is_started(line_at: LineMaker, messages: list[Message]) -> None:
    run, line, later = both(line_at)
    run_advance(run)
    assert now(later).message == "Waits for CUSTOMER."
    assert messages == []
    SynchRunLine.objects.filter(pk=line.pk).update(job_queue_entry_status=JobQueueStatus.FINISHED)
    run_advance(run)
    assert now(later).job_queue_entry_status == JobQueueStatus.READY
    assert messages == [("work_line", "full")]
    run_advance(run)
    assert messages == [("work_line", "full")], "repeating starts nothing twice"


def test_a_line_that_ended_in_an_error_releases_nobody_and_the_run_says_so(line_at: LineMaker) -> None:
    run, line, later = both(line_at)
    lines.line_fail(line, "Broken.")
    run_advance(run)
    assert now(later).job_queue_entry_status == JobQueueStatus.BLANK
    assert "Restart that line" in now(later).message
    ended = now(run)
    assert (ended.status, ended.message) == (RunStatus.FAILED, "CUSTOMER ended in an error. The lines say why.")


# Stopping


def test_stopping_waits_for_who_is_at_work(line_at: LineMaker, chunk_at: Callable[..., SynchChunk]) -> None:
    run, line, later = both(line_at)
    chunk = chunk_at(line=line)
    token = lease_take(chunk)
    assert token
    run_cancel(run, "Annette Hill")
    assert now(run).status == RunStatus.RUNNING
    lines.lease_give_back(chunk, token)
    run_advance(run)
    ended = now(run)
    assert ended.status == RunStatus.CANCELLED
    assert ended.message.startswith("Stopped by Annette Hill.")
    assert {now(row).job_queue_entry_status for row in (line, later)} == {JobQueueStatus.ON_HOLD}
    assert not run.jobs.filter(status=JobStatus.IN_PROCESS).exists()
    assert AuditEvent.objects.filter(what="run_cancel", who="Annette Hill").exists()


def test_a_dead_workers_lease_holds_the_stop_no_longer_than_it_lasts(
    line_at: LineMaker, chunk_at: Callable[..., SynchChunk]
) -> None:
    run, line, _later = both(line_at)
    chunk = chunk_at(line=line)
    assert lease_take(chunk)
    run_cancel(run, "somebody")
    assert now(run).status == RunStatus.RUNNING
    lapse(chunk)
    runs_sweep()
    assert now(run).status == RunStatus.CANCELLED


def test_nothing_is_begun_after_the_stop(
    line_at: LineMaker, chunk_at: Callable[..., SynchChunk], monkeypatch: pytest.MonkeyPatch
) -> None:
    line = line_at(LineStage.APPLY)
    first, second = chunk_at(line=line), chunk_at(line=line, number=2)

    def turn(chunk: SynchChunk, _token: Any) -> None:
        SynchChunk.objects.filter(pk=chunk.pk).update(stage=ChunkStage.DONE)
        run_cancel(line.run, "somebody")

    monkeypatch.setattr(lines, "_chunk_turn", turn)
    assert lines.chunks_work(line.pk) <= 1
    assert (now(first).stage, now(second).stage) == (ChunkStage.DONE, ChunkStage.APPLY)


def test_reset_stops_every_run(line_at: LineMaker) -> None:
    first, second = line_at().run, line_at(mapping="CONTACT").run
    run_reset("somebody")
    assert (now(first).status, now(second).status) == (RunStatus.CANCELLED, RunStatus.CANCELLED)


# Pausing


def test_a_paused_line_rests_and_goes_on_where_it_stopped(line_at: LineMaker, messages: list[Message]) -> None:
    line = line_at(LineStage.PLAN)
    run_pause(line.run, "Annette Hill")
    assert lines.line_work(line.pk)
    rests = now(line)
    assert (rests.job_queue_entry_status, rests.stage) == (JobQueueStatus.ON_HOLD, LineStage.PLAN)
    assert rests.message == "Paused by Annette Hill."
    assert rests.lease_token is None
    run_advance(line.run)
    assert now(line.run).status == RunStatus.RUNNING
    assert lines.line_work(line.pk) is False
    messages.clear()
    run_resume(now(line.run), "somebody")
    goes_on = now(line)
    assert (goes_on.job_queue_entry_status, goes_on.stage, goes_on.message) == (
        JobQueueStatus.READY,
        LineStage.PLAN,
        "",
    )
    assert ("work_line", "full") in messages


def test_no_line_starts_while_paused_and_it_does_after(line_at: LineMaker) -> None:
    run, line, later = both(line_at)
    SynchRunLine.objects.filter(pk=line.pk).update(job_queue_entry_status=JobQueueStatus.FINISHED)
    run_pause(run, "somebody")
    run_advance(run)
    assert now(later).job_queue_entry_status == JobQueueStatus.BLANK
    run_resume(run, "somebody")
    run_advance(run)
    assert now(later).job_queue_entry_status == JobQueueStatus.READY


def test_a_paused_run_can_be_stopped(line_at: LineMaker) -> None:
    line = line_at()
    run_pause(line.run, "somebody")
    lines.line_work(line.pk)
    run_cancel(now(line.run), "somebody")
    assert now(line.run).status == RunStatus.CANCELLED


# Restarting


def test_a_line_is_restarted_from_its_beginning(line_at: LineMaker, chunk_at: Callable[..., SynchChunk]) -> None:
    run, line, later = both(line_at)
    chunk = chunk_at(line=line)
    PlanItemFactory.create(line=line, plan=run.plan)
    MirrorTable.objects.update(fetched_for=run.pk)
    lines.line_fail(line, "Broken.", "trace")
    run_advance(run)
    assert now(run).status == RunStatus.FAILED
    line_restart(now(line), "Annette Hill")
    again = now(line)
    assert (again.stage, again.job_queue_entry_status, again.message, again.details) == (
        LineStage.FETCH,
        JobQueueStatus.READY,
        "",
        "",
    )
    assert not SynchChunk.objects.filter(pk=chunk.pk).exists()
    assert not line.items.exists()
    assert not MirrorTable.objects.filter(fetched_for__isnull=False).exists()
    assert (now(run).status, now(run).finished_at) == (RunStatus.RUNNING, None)
    assert now(later).message == "Waits for CUSTOMER."


def test_a_restart_shakes_off_who_is_still_at_work(line_at: LineMaker, chunk_at: Callable[..., SynchChunk]) -> None:
    line = line_at(LineStage.APPLY)
    chunk = chunk_at(line=line)
    of_line, of_chunk = lease_take(line), lease_take(chunk)
    assert of_line
    assert of_chunk
    lines.line_fail(line, "Broken.")
    line_restart(now(line), "somebody")
    for row, token in ((line, of_line), (chunk, of_chunk)):
        with pytest.raises(lines.LeaseLost):
            lines.lease_check(row, token)


def test_no_line_of_an_ended_run_is_restarted_while_another_run_holds_its_mapping(line_at: LineMaker) -> None:
    line = line_at()
    lines.line_fail(line, "Broken.")
    run_advance(line.run)
    run_start(SynchKind.FULL, user="Annette Hill", names=["CUSTOMER"])
    with pytest.raises(RunRefused, match="Annette Hill"):
        line_restart(now(line), "somebody")
    assert now(line).job_queue_entry_status == JobQueueStatus.ERROR


def test_no_other_line_is_woken_while_another_run_holds_its_mapping(line_at: LineMaker) -> None:
    line = line_at(mapping="CURRENCY")
    held = line_at(LineStage.APPLY, run=line.run)
    run_cancel(line.run, "somebody")
    SynchRunLine.objects.filter(pk=line.pk).update(job_queue_entry_status=JobQueueStatus.ERROR)
    run_start(SynchKind.FULL, user="Annette Hill", names=["CUSTOMER"])
    with pytest.raises(RunRefused):
        line_restart(now(line), "somebody")
    assert now(held).job_queue_entry_status == JobQueueStatus.ON_HOLD


# The sweep


def test_the_sweep_finds_what_lost_messages_left(line_at: LineMaker, messages: list[Message]) -> None:
    ready = line_at(job_queue_entry_status=JobQueueStatus.READY)
    at_work = line_at(mapping="CONTACT", run=ready.run)
    line_at(mapping="CURRENCY", run=ready.run, job_queue_entry_status=JobQueueStatus.FINISHED)
    resting = line_at(mapping="UNIT OF MEASURE", run=ready.run, not_before=database_now() + timedelta(minutes=1))
    assert lease_take(at_work)
    assert runs_sweep() == 1, "one is ready, one is held, one is done, one is not due"
    lapse(at_work)
    assert runs_sweep() == 2
    SynchRunLine.objects.filter(pk=resting.pk).update(not_before=database_now())
    messages.clear()
    assert runs_sweep() == 3
    assert set(messages) == {("work_line", "full")}


def test_the_sweep_starts_lines_whose_message_to_advance_was_lost(line_at: LineMaker) -> None:
    run, line, later = both(line_at)
    SynchRunLine.objects.filter(pk=line.pk).update(job_queue_entry_status=JobQueueStatus.FINISHED)
    runs_sweep()
    assert now(later).job_queue_entry_status == JobQueueStatus.READY
    SynchRunLine.objects.filter(run=run).update(job_queue_entry_status=JobQueueStatus.FINISHED)
    runs_sweep()
    assert now(run).status == RunStatus.FINISHED


def test_the_sweep_leaves_ended_runs_alone(line_at: LineMaker, messages: list[Message]) -> None:
    line = line_at(job_queue_entry_status=JobQueueStatus.READY)
    SynchRun.objects.filter(pk=line.run_id).update(status=RunStatus.CANCELLED)
    assert runs_sweep() == 0
    assert messages == []


def test_a_line_calls_workers_for_chunks_that_nobody_holds(
    line_at: LineMaker, chunk_at: Callable[..., SynchChunk], messages: list[Message]
) -> None:
    line = line_at(LineStage.APPLY)
    chunk = chunk_at(line=line)
    assert lines.line_work(line.pk)
    assert messages.count(("work_chunks", "full")) == 1
    messages.clear()
    assert lease_take(chunk)
    assert lines.line_work(line.pk)
    assert ("work_chunks", "full") not in messages


def test_the_task_sweeps_and_asks_for_signs_of_life(line_at: LineMaker, messages: list[Message]) -> None:
    line_at(job_queue_entry_status=JobQueueStatus.READY)
    sweep()
    assert ("work_line", "full") in messages
    assert ("pulse", "maintenance") in messages


def test_one_run_in_trouble_does_not_keep_the_sweep_from_the_others(
    line_at: LineMaker, messages: list[Message], monkeypatch: pytest.MonkeyPatch
) -> None:
    from connector.errors import ConfigurationError

    sick = line_at(job_queue_entry_status=JobQueueStatus.READY)
    line_at(mapping="CONTACT", job_queue_entry_status=JobQueueStatus.READY)
    advance = runs.run_advance

    def advance_or_not(run: SynchRun) -> None:
        if run == sick.run:
            raise ConfigurationError("Odd.")
        advance(run)

    monkeypatch.setattr(runs, "run_advance", advance_or_not)
    assert runs_sweep() == 2


def test_a_table_that_somebody_else_reads_is_waited_for(line_at: LineMaker, monkeypatch: pytest.MonkeyPatch) -> None:
    line = line_at(LineStage.FETCH)
    remote = type("Remote", (), {"side": "erp", "table": "Customer"})
    mirror = MirrorTableFactory.create(connection=line.mapping.erp)
    monkeypatch.setattr(lines, "mapping_spec", lambda _mapping: None)
    monkeypatch.setattr(lines, "tables_of", lambda _mapping: [remote])
    assert lease_take(mirror)
    assert lines.line_work(line.pk)
    waits = now(line)
    assert waits.message == "Waits for Customer, which another mapping is reading."
    assert (waits.stage, waits.lease_token) == (LineStage.FETCH, None)
    assert waits.not_before > database_now()

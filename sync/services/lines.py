"""The work on one line, in short idempotent turns under a lease: fetch, split, plan, check, apply, read back.

A turn does what it can within its time, commits, gives the lease back and asks for the next turn. Nothing here waits: a line that
waits for chunks, for a table that another worker reads, or for a clock, is taken up again by a message or by the sweep.
"""

import logging
import time
import traceback
import uuid
from datetime import timedelta

from django.db import transaction
from django.db.models import Q, Sum
from django.utils import timezone

from connector.errors import AuthenticationError, IntegrationError, Retryable, Throttled
from connector.services import connection_disable
from sync.choices import ChunkStage, JobQueueStatus, JobStatus, LineStage, MappingKind, RunStatus
from sync.models import AuditEvent, JobQueueLogEntry, PlanItem, SynchChunk, SynchRunLine
from sync.models.leases import Leased
from sync.services.applying import chunk_apply
from sync.services.catalog import connection_of, tables_of
from sync.services.dispatch import send_chunks, send_line, send_run
from sync.services.fetch import mirror_fetch
from sync.services.jobs import jobs_close, jobs_open
from sync.services.leases import LeaseLost, database_now, lease_check, lease_give_back, lease_take, worker_name
from sync.services.mass_change import mass_change_check
from sync.services.options import options_plan
from sync.services.planning import ChunkPlanner
from sync.services.planstore import chunk_plan_store, double_couplings_resolve, line_hash
from sync.services.read_back import read_back_line
from sync.services.second_pass import waiting_keys
from sync.services.specs import mapping_spec, mirror_of
from sync.services.splitting import back_keys, chunks_make, erp_keys
from sync.services.storing import rows_update

logger = logging.getLogger(__name__)

TURN_SECONDS = 20
ATTEMPTS = 6
# How many workers are called to share the chunks of a line.
FAN_OUT = 8
BUSY_WAIT = timedelta(seconds=1)
WORKABLE = (JobQueueStatus.READY, JobQueueStatus.IN_PROCESS, JobQueueStatus.WAITING)


class NotYet(Exception):
    """The line cannot go on now; it is taken up again later."""


def line_work(line_id: int) -> bool:
    """Give a line one turn; False when another worker has it, or it is not due or not running."""
    line = SynchRunLine.objects.select_related("run", "mapping", "mapping__erp", "mapping__crm").get(pk=line_id)
    if line.job_queue_entry_status not in WORKABLE:
        return False
    token = lease_take(line)
    if token is None:
        return False
    if line.job_queue_entry_status not in WORKABLE:  # Another worker has ended it between our reading and our taking.
        lease_give_back(line, token)
        return False
    _logs_of_the_dead_end(line)
    log = JobQueueLogEntry.objects.create(
        line=line, what=line.get_stage_display(), worker=worker_name(), started_at=timezone.now()
    )
    _begin(line)
    try:
        _turn(line, token)
    except NotYet:
        lease_give_back(line, token, not_before=database_now() + BUSY_WAIT)
        _log_end(log, JobStatus.SUCCESS, "")
    except LeaseLost as error:
        _log_end(log, JobStatus.ERROR, str(error))
    except Retryable as error:
        _postpone(line, token, error)
        _log_end(log, JobStatus.ERROR, str(error))
    except IntegrationError as error:
        line_fail(line, str(error), held=(line, token))
        _switch_off_if_refused(line, error)
        lease_give_back(line, token)
        _log_end(log, JobStatus.ERROR, str(error))
    except Exception as error:
        logger.exception("line %s of run %s failed", line.name, line.run_id)
        line_fail(line, _unexpected(error), traceback.format_exc(), held=(line, token))
        lease_give_back(line, token)
        _log_end(log, JobStatus.ERROR, _unexpected(error))
    else:
        lease_give_back(line, token)
        _log_end(log, JobStatus.SUCCESS, "")
    return True


def _unexpected(error: Exception) -> str:
    return f"The program met something it does not know ({type(error).__name__}). The details are with the job."


def _log_end(log: JobQueueLogEntry, status: str, message: str) -> None:
    log.status, log.message, log.finished_at = status, message, timezone.now()
    log.save(update_fields=["status", "message", "finished_at"])


def _logs_of_the_dead_end(line: SynchRunLine) -> None:
    """Close what a worker has left open: who holds the lease is the only one at work on the line."""
    JobQueueLogEntry.objects.filter(line=line, status=JobStatus.IN_PROCESS).update(
        status=JobStatus.ERROR,
        finished_at=timezone.now(),
        message="The worker ended in the middle of its work. Another one has taken it up; nothing is lost.",
    )


def _begin(line: SynchRunLine) -> None:
    if line.started_at is None:
        line.started_at = database_now()  # the watermark of the mapping, compared with the mirror's times
    line.job_queue_entry_status = JobQueueStatus.IN_PROCESS
    line.message = ""
    line.waits_for = []
    line.save(update_fields=["started_at", "job_queue_entry_status", "message", "waits_for"])
    if not line.run.preview:
        jobs_open(line)


def _turn(line: SynchRunLine, token: uuid.UUID) -> None:
    started = time.monotonic()
    while line.stage != LineStage.DONE and time.monotonic() - started < TURN_SECONDS:
        line.run.refresh_from_db()
        if line.run.cancel_requested or line.run.pause_requested or line.run.status != RunStatus.RUNNING:
            _rest(line)
            return
        if not STAGES[LineStage(line.stage)](line, token):
            return
    if line.stage != LineStage.DONE:
        send_line(line)


def _rest(line: SynchRunLine) -> None:
    if line.run.pause_requested and not line.run.cancel_requested:
        line.job_queue_entry_status = JobQueueStatus.ON_HOLD
        line.message = f"Paused by {line.run.stopped_by}." if line.run.stopped_by else "Paused."
        line.save(update_fields=["job_queue_entry_status", "message"])
    send_run(line.run)


def _stage_set(line: SynchRunLine, token: uuid.UUID, stage: LineStage) -> bool:
    with transaction.atomic():
        lease_check(line, token)
        line.stage = stage
        line.attempts = 0
        line.save(update_fields=["stage", "attempts"])
    return True


def _fetch(line: SynchRunLine, token: uuid.UUID) -> bool:
    if line.mapping.kind == MappingKind.TABLE:
        mapping_spec(line.mapping)
    for remote in tables_of(line.mapping):
        mirror = mirror_of(connection_of(line.mapping, remote.side), remote.table)
        lease_check(line, token)
        if not mirror_fetch(mirror, line.run):
            line.message = f"Waits for {remote.table}, which another mapping is reading."
            line.save(update_fields=["message"])
            raise NotYet
    return _stage_set(line, token, LineStage.SPLIT)


def _split(line: SynchRunLine, token: uuid.UUID) -> bool:
    keys = waiting_keys(line) if line.pass_number == 2 else erp_keys(line)
    with transaction.atomic():
        lease_check(line, token)
        chunks_make(line, "erp", keys)
    return _stage_set(line, token, LineStage.PLAN)


def _plan(line: SynchRunLine, token: uuid.UUID) -> bool:
    if _chunks_wait(line, ChunkStage.PLAN):
        return False
    double_couplings_resolve(line)
    return _stage_set(line, token, LineStage.SPLIT_BACK)


def _split_back(line: SynchRunLine, token: uuid.UUID) -> bool:
    keys = [] if line.pass_number == 2 else back_keys(line)
    with transaction.atomic():
        lease_check(line, token)
        chunks_make(line, "crm", keys)
    return _stage_set(line, token, LineStage.PLAN_BACK)


def _plan_back(line: SynchRunLine, token: uuid.UUID) -> bool:
    if _chunks_wait(line, ChunkStage.PLAN):
        return False
    double_couplings_resolve(line)
    return _stage_set(line, token, LineStage.CHECK)


def _check(line: SynchRunLine, token: uuid.UUID) -> bool:
    digest = line_hash(line)
    sizes = [(len(keys), outside) for keys, outside in line.chunks.values_list("keys", "outside")]
    with transaction.atomic():
        lease_check(line, token)
        line.plan_sha256 = digest
        line.outside = sum(outside for _keys, outside in sizes)
        line.total = sum(keys for keys, _outside in sizes) - line.outside
        line.save(update_fields=["plan_sha256", "total", "outside"])
    if line.run.preview:
        return _done(line, token)
    mass_change_check(line)
    with transaction.atomic():
        lease_check(line, token)
        line.chunks.filter(stage=ChunkStage.PLANNED).update(stage=ChunkStage.APPLY)
    return _stage_set(line, token, LineStage.APPLY)


def _apply(line: SynchRunLine, token: uuid.UUID) -> bool:
    if _chunks_wait(line, ChunkStage.APPLY):
        return False
    return _stage_set(line, token, LineStage.READ_BACK)


def _read_back(line: SynchRunLine, token: uuid.UUID) -> bool:
    if not read_back_line(line):
        raise NotYet
    return _done(line, token)


def _done(line: SynchRunLine, token: uuid.UUID) -> bool:
    """End a line in one commit: killed between its last stage and its end, it would stay In Process for ever."""
    with transaction.atomic():
        _stage_set(line, token, LineStage.DONE)
        line_finish(line)
    return True


STAGES = {
    LineStage.FETCH: _fetch,
    LineStage.SPLIT: _split,
    LineStage.PLAN: _plan,
    LineStage.SPLIT_BACK: _split_back,
    LineStage.PLAN_BACK: _plan_back,
    LineStage.CHECK: _check,
    LineStage.APPLY: _apply,
    LineStage.READ_BACK: _read_back,
}


def _chunks_wait(line: SynchRunLine, stage: ChunkStage) -> bool:
    """Call workers for the chunks that are still to do; True when there are any."""
    todo = line.chunks.filter(stage=stage).count()
    if todo and not chunks_held(line):
        send_chunks(line, min(todo, FAN_OUT))
    return bool(todo)


def chunks_held(line: SynchRunLine) -> bool:
    """Tell whether a worker is at work on a chunk of the line."""
    return line.chunks.filter(leased_until__gt=database_now()).exists()


def chunks_work(line_id: int) -> int:
    """Plan or apply chunks of a line, one after the other, for one turn; return how many were worked on.

    Every worker that is called takes the next free chunk, so the workers share a line without one message per chunk.
    """
    started = time.monotonic()
    worked = 0
    while time.monotonic() - started < TURN_SECONDS:
        chunk_id = _next_chunk(line_id)
        if chunk_id is None:
            return worked
        worked += chunk_work(chunk_id)
    send_chunks(SynchRunLine.objects.select_related("run").get(pk=line_id), 1)
    return worked


def _next_chunk(line_id: int) -> int | None:
    now = database_now()
    free = Q(leased_until__isnull=True) | Q(leased_until__lt=now)
    due = Q(not_before__isnull=True) | Q(not_before__lte=now)
    todo = SynchChunk.objects.filter(free, due, line_id=line_id, stage__in=[ChunkStage.PLAN, ChunkStage.APPLY])
    # A chunk of a run that is to stop would be taken and put back for a whole turn.
    running = todo.filter(
        line__job_queue_entry_status=JobQueueStatus.IN_PROCESS,
        line__run__status=RunStatus.RUNNING,
        line__run__cancel_requested=False,
        line__run__pause_requested=False,
    )
    return running.order_by("number").values_list("pk", flat=True).first()


def chunk_work(chunk_id: int) -> bool:
    """Plan or apply one chunk; False when another worker has it, or it is not due."""
    chunk = SynchChunk.objects.select_related(
        "line", "line__run", "line__run__plan", "line__mapping", "line__mapping__erp", "line__mapping__crm"
    ).get(pk=chunk_id)
    line = chunk.line
    if chunk.stage not in (ChunkStage.PLAN, ChunkStage.APPLY) or not _may_go_on(line):
        return False
    token = lease_take(chunk)
    if token is None:
        return False
    if chunk.stage not in (ChunkStage.PLAN, ChunkStage.APPLY):  # Another worker was quicker, and is through with it.
        lease_give_back(chunk, token)
        return False
    try:
        _chunk_turn(chunk, token)
    except LeaseLost:
        logger.warning("chunk %s/%s was taken over by another worker", line.name, chunk.number)
    except Retryable as error:
        _postpone_chunk(chunk, token, error)
    except IntegrationError as error:
        line_fail(line, str(error), held=(chunk, token))
        _switch_off_if_refused(line, error)
        lease_give_back(chunk, token)
    except Exception as error:
        logger.exception("chunk %s/%s failed", line.name, chunk.number)
        line_fail(line, _unexpected(error), traceback.format_exc(), held=(chunk, token))
        lease_give_back(chunk, token)
    else:
        lease_give_back(chunk, token)
        if not line.chunks.filter(stage__in=[ChunkStage.PLAN, ChunkStage.APPLY]).exists():
            send_line(line)
    return True


def _may_go_on(line: SynchRunLine) -> bool:
    run = line.run
    return (
        line.job_queue_entry_status == JobQueueStatus.IN_PROCESS
        and run.status == RunStatus.RUNNING
        and not run.cancel_requested
        and not run.pause_requested
    )


def _chunk_turn(chunk: SynchChunk, token: uuid.UUID) -> None:
    if chunk.stage == ChunkStage.APPLY:
        if chunk.attempts:
            _mark_resumed(chunk)
        SynchChunk.objects.filter(pk=chunk.pk).update(attempts=chunk.attempts + 1)
        chunk_apply(chunk, token)
        return
    line = chunk.line
    if line.mapping.kind == MappingKind.OPTION:
        plan = options_plan(line, chunk.keys)
    else:
        planner = ChunkPlanner(line)
        if line.pass_number == 2:
            plan = planner.plan_second_pass(chunk.keys)
        elif chunk.side == "erp":
            plan = planner.plan_erp_keys(chunk.keys)
        else:
            plan = planner.plan_crm_ids(chunk.keys)
    with transaction.atomic():
        lease_check(chunk, token)
        chunk_plan_store(chunk, plan)


def _mark_resumed(chunk: SynchChunk) -> None:
    """Tell the later steps of a creation that an earlier worker may have taken them already."""
    items = list(PlanItem.objects.filter(line=chunk.line, chunk=chunk.number, status="pending", step__gt=0))
    for item in items:
        item.payload["resumed"] = True
    rows_update(items, ["payload"])


def _delay(attempts: int, error: Retryable) -> timedelta:
    if error.retry_after:
        return timedelta(seconds=error.retry_after)
    return timedelta(seconds=min(60, 2**attempts))


def _postpone(line: SynchRunLine, token: uuid.UUID, error: Retryable) -> None:
    """Try again later, by the row's own clock; after ATTEMPTS in a row the line ends in Error."""
    line.refresh_from_db()
    throttled = isinstance(error, Throttled)
    if line.attempts + 1 >= ATTEMPTS and not throttled:
        line_fail(line, str(error), held=(line, token))
        lease_give_back(line, token)
        return
    delay = _delay(line.attempts, error)
    SynchRunLine.objects.filter(pk=line.pk, lease_token=token).update(
        attempts=line.attempts if throttled else line.attempts + 1,
        message=f"{error} The next attempt follows by itself in {max(1, int(delay.total_seconds()))} seconds.",
    )
    lease_give_back(line, token, not_before=database_now() + delay)


def _postpone_chunk(chunk: SynchChunk, token: uuid.UUID, error: Retryable) -> None:
    throttled = isinstance(error, Throttled)
    chunk.refresh_from_db()
    if chunk.attempts >= ATTEMPTS and not throttled:
        line_fail(chunk.line, str(error), held=(chunk, token))
        lease_give_back(chunk, token)
        return
    delay = _delay(chunk.attempts, error)
    SynchRunLine.objects.filter(pk=chunk.line_id).update(
        message=f"{error} The next attempt follows by itself in {max(1, int(delay.total_seconds()))} seconds."
    )
    if chunk.stage == ChunkStage.PLAN or throttled:
        SynchChunk.objects.filter(pk=chunk.pk, lease_token=token).update(attempts=max(1, chunk.attempts))
    lease_give_back(chunk, token, not_before=database_now() + delay)


def _switch_off_if_refused(line: SynchRunLine, error: IntegrationError) -> None:
    """Disable a connection whose sign-in is refused: going on would lock the account, and every line says the same."""
    if not isinstance(error, AuthenticationError) or not error.side:
        return
    connection = connection_of(line.mapping, error.side)
    connection.refresh_from_db()
    if not connection.is_enabled:
        return
    with transaction.atomic():
        connection_disable(
            connection, f"The connection was disabled by itself, because the sign-in is refused. {error}"
        )
        AuditEvent.objects.create(who="connector", what="connection_disabled", on_what=connection.name)


def line_fail(
    line: SynchRunLine, message: str, details: str = "", *, held: tuple[Leased, uuid.UUID] | None = None
) -> None:
    """End a line in Error with its reason; what depends on it is not released.

    `held` is the row (line or chunk) and the token of the worker's lease: one that slept through its lease ends nothing any
    more. None ends the line whoever works on it.
    """
    with transaction.atomic():
        try:
            if held is not None:
                lease_check(*held)
        except LeaseLost:
            logger.warning("line %s was taken over by another worker; its failure here counts no more", line.name)
            return
        SynchRunLine.objects.filter(pk=line.pk).update(
            job_queue_entry_status=JobQueueStatus.ERROR,
            message=message,
            details=details,
            finished_at=timezone.now(),
        )
        line.refresh_from_db()
        jobs_close(line, failed=True, message=message)
    send_run(line.run)


def line_finish(line: SynchRunLine) -> None:
    """End a line as Finished and let the run start what became ready."""
    with transaction.atomic():
        sums = line.jobs.aggregate(failed=Sum("failed"), waiting=Sum("waiting"))
        line.job_queue_entry_status = JobQueueStatus.FINISHED
        line.finished_at = timezone.now()
        line.done = line.total
        line.message = _finish_text(sums["failed"] or 0, sums["waiting"] or 0)
        line.save(update_fields=["job_queue_entry_status", "finished_at", "done", "message"])
        jobs_close(line)
    send_run(line.run)


def _finish_text(failed: int, waiting: int) -> str:
    parts = [text for number, text in ((failed, f"{failed} failed"), (waiting, f"{waiting} wait")) if number]
    return f"Finished, {' and '.join(parts)}." if parts else ""

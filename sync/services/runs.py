"""Runs: start, advance in dependency order, pause, cancel, restart; every run ends."""

import logging
from collections.abc import Sequence

from django.db import transaction
from django.db.models import Max, Q, Sum
from django.utils import timezone

from connector.errors import ConfigurationError, IntegrationError, Permanent
from connector.models import Connection
from sync.choices import (
    RUN_ENDS,
    Direction,
    JobQueueStatus,
    JobStatus,
    LineStage,
    Recommendation,
    RunStatus,
    SynchKind,
)
from sync.engine.errors import MappingInvalid
from sync.engine.ordering import cycle_of, ordered, unknown_prerequisites
from sync.models import AuditEvent, IntegrationTableMapping, Plan, SynchRun, SynchRunLine
from sync.services.dispatch import send_line, send_run
from sync.services.leases import database_now, leases_of_the_dead_end
from sync.services.planstore import run_hash
from sync.services.recommending import recommendation
from sync.services.second_pass import later_targets

logger = logging.getLogger(__name__)

OPEN_LINES = (JobQueueStatus.READY, JobQueueStatus.IN_PROCESS, JobQueueStatus.WAITING, JobQueueStatus.ON_HOLD)


class RunRefused(Permanent):
    """A run cannot start because another one holds one of its mappings."""

    def __init__(self, message: str, run: SynchRun) -> None:
        super().__init__(message, code="run_holds_mapping")
        self.run = run


def connections_ready() -> tuple[Connection, Connection]:
    """Return the enabled ERP and CRM connections. Raises ConfigurationError when one is missing or not enabled."""
    found: list[Connection] = []
    for side, system in (("erp", "NAV"), ("crm", "Sales")):
        connection = Connection.objects.filter(side=side).order_by("pk").first()
        if connection is None:
            raise ConfigurationError(
                f"There is no connection to {system} yet. Run setup_connection, or use Dynamics 365 Connection Setup.",
                code="no_connection",
            )
        if connection.state != "enabled":
            reason = f" {connection.state_reason}" if connection.state_reason else ""
            raise ConfigurationError(
                f"The connection to {system} is {connection.state}.{reason} Enable it, then start again.",
                code="connection_not_enabled",
            )
        found.append(connection)
    return found[0], found[1]


def mappings_chosen(erp: Connection, crm: Connection, names: Sequence[str] | None) -> list[IntegrationTableMapping]:
    """Return the mappings of these names, or all. Raises ConfigurationError naming those that do not exist."""
    mappings = IntegrationTableMapping.objects.filter(erp=erp, crm=crm)
    if not mappings.exists():
        raise ConfigurationError(
            "There are no integration table mappings. Run setup_connection to create the default ones.",
            code="no_mappings",
        )
    if names is None:
        return list(mappings)
    known = list(mappings.values_list("name", flat=True))
    if unknown := [name for name in names if name not in known]:
        raise ConfigurationError(
            f"There is no mapping called {', '.join(unknown)}. The mappings are: {', '.join(known)}.",
            code="unknown_mapping",
        )
    return list(mappings.filter(name__in=names))


def full_synch_start(
    *,
    user: str,
    mappings: Sequence[str] | None = None,
    preview: bool = False,
    allow_mass_change: bool = False,
) -> SynchRun:
    """Start a full synchronization (or its preview) of all mappings, or of those named.

    Raises RunRefused when another run holds one of them, ConfigurationError when it cannot run at all.
    """
    return run_start(SynchKind.FULL, user=user, names=mappings, preview=preview, allow_mass_change=allow_mass_change)


def synch_start(
    *, user: str, mappings: Sequence[str], preview: bool = False, allow_mass_change: bool = False
) -> SynchRun:
    """Start a synchronization of what changed in these mappings; raises as `full_synch_start`."""
    return run_start(
        SynchKind.SCHEDULED, user=user, names=mappings, preview=preview, allow_mass_change=allow_mass_change
    )


def run_start(
    kind: SynchKind,
    *,
    user: str,
    names: Sequence[str] | None,
    preview: bool = False,
    allow_mass_change: bool = False,
    scope: dict[str, list[str]] | None = None,
) -> SynchRun:
    """Create a run with its lines and send it on its way."""
    erp, crm = connections_ready()
    chosen = mappings_chosen(erp, crm, names)
    with transaction.atomic():
        # Two starts at once: both lock the same connection row (on SQLite, the whole database), so one sees the other's run.
        Connection.objects.select_for_update().get(pk=erp.pk)
        _refuse_if_held(chosen)
        run = SynchRun.objects.create(
            erp=erp,
            crm=crm,
            kind=kind,
            number=(SynchRun.objects.aggregate(last=Max("number"))["last"] or 0) + 1,
            preview=preview,
            allow_mass_change=allow_mass_change,
            scope=scope or {},
            status=RunStatus.RUNNING,
            started_by=user,
            started_at=database_now(),
        )
        Plan.objects.create(run=run)
        _lines_make(run, chosen)
        AuditEvent.objects.create(
            who=user, what=f"{kind}_preview" if preview else f"{kind}_start", on_what=f"run {run.number}"
        )
        if allow_mass_change:
            AuditEvent.objects.create(who=user, what="mass_change_allowed", on_what=f"run {run.number}")
    run_advance(run)
    return run


def _refuse_if_held(chosen: list[IntegrationTableMapping]) -> None:
    held = (
        SynchRunLine.objects.filter(mapping__in=chosen)
        .exclude(run__status__in=RUN_ENDS)
        .select_related("run")
        .order_by("position")
        .first()
    )
    if held:
        run = held.run
        raise RunRefused(
            f"{run} was started by {run.started_by} and is still at work on {held.name}. "
            "Wait for its end, or stop it on the page CRM Full Synch. Review.",
            run,
        )


def _lines_make(run: SynchRun, chosen: list[IntegrationTableMapping]) -> None:
    by_name = {mapping.name: mapping for mapping in chosen}
    depends = {name: list(mapping.depends_on) for name, mapping in by_name.items()}
    every = list(IntegrationTableMapping.objects.filter(erp=run.erp, crm=run.crm).values_list("name", flat=True))
    broken = {
        name: f"{name} depends on {', '.join(unknown)}, and there is no such mapping. Correct its Dependency Filter."
        for name, needs in depends.items()
        if (unknown := unknown_prerequisites(needs, every))
    }
    while cycle := cycle_of({name: [n for n in needs if n in depends] for name, needs in depends.items()}):
        text = f"The mappings depend on each other in a circle: {' → '.join(cycle)}. Remove one of these dependencies."
        for name in cycle:
            broken[name] = text
            depends[name] = []
    places = ordered(depends)
    for place in places:
        _line_make(run, by_name[place.name], place.position, place.step, place.depends_on, broken.get(place.name, ""))
    names = [place.name for place in places]
    for place in places:
        later = set(names[place.position :])
        if targets := later_targets(by_name[place.name], later):
            _line_make(
                run, by_name[place.name], place.position, place.step, (place.name, *sorted(targets)), "", pass_number=2
            )


def _line_make(
    run: SynchRun,
    mapping: IntegrationTableMapping,
    position: int,
    step: int,
    depends_on: Sequence[str],
    problem: str,
    *,
    pass_number: int = 1,
) -> None:
    way = mapping.direction if pass_number == 1 else Direction.TO
    SynchRunLine.objects.create(
        run=run,
        mapping=mapping,
        name=mapping.name,
        pass_number=pass_number,
        position=position,
        step=step,
        depends_on=list(depends_on),
        direction=way,
        recommendation=recommendation(mapping) if run.kind == SynchKind.FULL else Recommendation.FULL,
        job_queue_entry_status=JobQueueStatus.ERROR if problem else JobQueueStatus.BLANK,
        message=problem,
        finished_at=timezone.now() if problem else None,
    )


def run_advance(run: SynchRun) -> None:
    """Start every line that became ready, and end the run when nothing is left. Harmless to repeat."""
    with transaction.atomic():
        run = SynchRun.objects.select_for_update().get(pk=run.pk)
        if run.status == RunStatus.STOPPED:
            _lines_cancel(run, run.message)
            _run_end(run, RunStatus.STOPPED, run.message)
            return
        if run.status != RunStatus.RUNNING:
            return
        if run.cancel_requested:
            _try_cancel(run)
            return
        if run.pause_requested:
            return
        lines = list(run.lines.all())
        _start_ready(lines)
        if not any(line.job_queue_entry_status in OPEN_LINES for line in lines):
            _finish(run, lines)


def _start_ready(lines: list[SynchRunLine]) -> None:
    status = {line.name: line.job_queue_entry_status for line in lines if line.pass_number == 1}
    for line in lines:
        if line.job_queue_entry_status != JobQueueStatus.BLANK:
            continue
        waits = [name for name in line.depends_on if status.get(name) != JobQueueStatus.FINISHED]
        if waits:
            _note_wait(line, waits, status)
            continue
        line.job_queue_entry_status, line.waits_for, line.message = JobQueueStatus.READY, [], ""
        line.save(update_fields=["job_queue_entry_status", "waits_for", "message"])
        send_line(line)


def _note_wait(line: SynchRunLine, waits: list[str], status: dict[str, str]) -> None:
    stuck = [name for name in waits if status.get(name) == JobQueueStatus.ERROR]
    message = f"Waits for {', '.join(waits)}."
    if stuck:
        message = f"Waits for {', '.join(stuck)}, which ended in an error. Restart that line when its cause is gone."
    if (line.waits_for, line.message) != (waits, message):
        line.waits_for, line.message = waits, message
        line.save(update_fields=["waits_for", "message"])


def _finish(run: SynchRun, lines: list[SynchRunLine]) -> None:
    run.plan_sha256 = run_hash(run)
    Plan.objects.filter(run=run).update(sha256=run.plan_sha256)
    run.save(update_fields=["plan_sha256"])
    crashed = [line.name for line in lines if line.job_queue_entry_status == JobQueueStatus.ERROR]
    sums = run.jobs.aggregate(failed=Sum("failed"), waiting=Sum("waiting"))
    if crashed:
        _run_end(run, RunStatus.FAILED, f"{', '.join(crashed)} ended in an error. The lines say why.")
    elif sums["failed"] or sums["waiting"]:
        _run_end(run, RunStatus.FINISHED_WITH_ERRORS, "")
    else:
        _run_end(run, RunStatus.FINISHED, "")
    if not run.preview and not crashed:
        _watermarks_move(run)


def _watermarks_move(run: SynchRun) -> None:
    """What changed after the run began is new to the next one; failed records keep their own clock."""
    for line in run.lines.filter(pass_number=1):
        IntegrationTableMapping.objects.filter(pk=line.mapping_id).update(
            erp_watermark=line.started_at or run.started_at, crm_watermark=line.started_at or run.started_at
        )


def _run_end(run: SynchRun, status: RunStatus, message: str) -> None:
    run.status, run.message, run.finished_at = status, message, timezone.now()
    run.save(update_fields=["status", "message", "finished_at"])


def _lines_cancel(run: SynchRun, message: str) -> None:
    lines = run.lines.exclude(job_queue_entry_status__in=[JobQueueStatus.FINISHED, JobQueueStatus.ERROR])
    lines.update(job_queue_entry_status=JobQueueStatus.ON_HOLD, message=message, finished_at=timezone.now())
    run.jobs.filter(status=JobStatus.IN_PROCESS).update(
        status=JobStatus.ERROR, message=message, finished_at=timezone.now()
    )
    run.lines.filter(to_status=JobStatus.IN_PROCESS).update(to_status=JobStatus.ERROR)
    run.lines.filter(from_status=JobStatus.IN_PROCESS).update(from_status=JobStatus.ERROR)


def _try_cancel(run: SynchRun) -> None:
    """End a cancelled run once no worker holds a piece of it: what has been sent is stored first."""
    now = database_now()
    held = Q(leased_until__gt=now)
    if run.lines.filter(held).exists() or any(line.chunks.filter(held).exists() for line in run.lines.all()):
        return
    message = f"Stopped by {run.stopped_by}. What was written stays, and the next run goes on from here."
    _lines_cancel(run, message)
    _run_end(run, RunStatus.CANCELLED, message)


def run_cancel(run: SynchRun, user: str) -> None:
    """Ask a run to stop after the requests that are under way."""
    SynchRun.objects.filter(pk=run.pk).update(cancel_requested=True, pause_requested=False, stopped_by=user)
    AuditEvent.objects.create(who=user, what="run_cancel", on_what=f"run {run.number}")
    run.refresh_from_db()
    run_advance(run)


def run_pause(run: SynchRun, user: str) -> None:
    """Ask a run to rest after the requests that are under way; nothing is lost."""
    SynchRun.objects.filter(pk=run.pk).update(pause_requested=True, stopped_by=user)
    AuditEvent.objects.create(who=user, what="run_pause", on_what=f"run {run.number}")


def run_resume(run: SynchRun, user: str) -> None:
    """Let a paused run go on where it stopped."""
    with transaction.atomic():
        SynchRun.objects.filter(pk=run.pk).update(pause_requested=False, stopped_by="")
        for line in run.lines.filter(job_queue_entry_status=JobQueueStatus.ON_HOLD):
            line.job_queue_entry_status, line.message = JobQueueStatus.READY, ""
            line.save(update_fields=["job_queue_entry_status", "message"])
            send_line(line)
        AuditEvent.objects.create(who=user, what="run_resume", on_what=f"run {run.number}")
    send_run(run)


def line_restart(line: SynchRunLine, user: str) -> None:
    """Run one line again that ended in Error, or Finished with failed records, from its beginning.

    Raises RunRefused when another run holds the mapping.
    """
    with transaction.atomic():
        run = SynchRun.objects.select_for_update().get(pk=line.run_id)
        again = [line]
        if run.status in RUN_ENDS:
            # Lines that the end left on hold start anew as well: another run may have carried out their plans since.
            again += list(run.lines.filter(job_queue_entry_status=JobQueueStatus.ON_HOLD).exclude(pk=line.pk))
            _refuse_if_held([each.mapping for each in again])
        for each in again:
            _line_reset(each)
        run.status, run.message, run.finished_at = RunStatus.RUNNING, "", None
        run.cancel_requested = run.pause_requested = False
        run.save()
        AuditEvent.objects.create(who=user, what="line_restart", on_what=f"run {run.number} {line.name}")
    run_advance(run)


def _line_reset(line: SynchRunLine) -> None:
    line.chunks.all().delete()
    line.items.all().delete()
    line.jobs.all().delete()
    SynchRunLine.objects.filter(pk=line.pk).update(
        stage=LineStage.FETCH,
        job_queue_entry_status=JobQueueStatus.BLANK,
        to_status=JobStatus.BLANK,
        from_status=JobStatus.BLANK,
        message="",
        details="",
        done=0,
        total=0,
        outside=0,
        attempts=0,
        not_before=None,
        leased_until=None,
        lease_token=None,
        started_at=None,
        finished_at=None,
    )
    _tables_reread(line)


def _tables_reread(line: SynchRunLine) -> None:
    from sync.models import MirrorTable
    from sync.services.catalog import connection_of, tables_of

    for remote in tables_of(line.mapping):
        MirrorTable.objects.filter(connection=connection_of(line.mapping, remote.side), table=remote.table).update(
            fetched_for=None
        )


def run_reset(user: str) -> None:
    """Stop whatever runs and clear the review: the next opening starts with fresh lines."""
    for run in SynchRun.objects.exclude(status__in=RUN_ENDS):
        run_cancel(run, user)


def runs_sweep() -> int:
    """Take up what lost messages and dead workers left behind; return how many messages were sent."""
    leases_of_the_dead_end()
    sent = 0
    now = database_now()
    due = (Q(leased_until__isnull=True) | Q(leased_until__lt=now)) & (
        Q(not_before__isnull=True) | Q(not_before__lte=now)
    )
    for run in SynchRun.objects.filter(status__in=[RunStatus.RUNNING, RunStatus.STOPPED], finished_at__isnull=True):
        try:
            run_advance(run)
        except IntegrationError:
            logger.exception("run %s cannot be advanced", run.pk)
        for line in run.lines.filter(due, job_queue_entry_status__in=[JobQueueStatus.READY, JobQueueStatus.IN_PROCESS]):
            send_line(line)
            sent += 1
    return sent


__all__ = [
    "MappingInvalid",
    "RunRefused",
    "full_synch_start",
    "line_restart",
    "recommendation",
    "run_advance",
    "run_cancel",
    "run_pause",
    "run_reset",
    "run_resume",
    "run_start",
    "runs_sweep",
    "synch_start",
]

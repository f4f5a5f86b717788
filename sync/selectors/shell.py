"""What every page shows around its content: both systems, what happens between them, and what needs a person."""

import time
from dataclasses import dataclass

from django.utils.translation import gettext as _

from connector.models import Connection, Side
from sync.choices import RUN_ENDS, JobQueueStatus, RunStatus
from sync.models import FieldConflict, SynchJobError, SynchRun, SynchRunLine
from sync.selectors.workers import workers_alarm
from sync.tables.looks import BAD, BUSY, IDLE, OFF, OK, WARN, Look, connection_look, run_look
from sync.templatetags.look import age_text, duration_text

CAP = 10_000
FINISHED_OR_ERROR = (JobQueueStatus.FINISHED, JobQueueStatus.ERROR)


@dataclass(frozen=True, slots=True)
class BridgeEnd:
    """One system as the bridge shows it."""

    side: str
    name: str
    note: str
    look: Look


@dataclass(frozen=True, slots=True)
class Bridge:
    """Both systems and what happens between them now."""

    erp: BridgeEnd
    crm: BridgeEnd
    flow: Look
    run: SynchRun | None
    is_running: bool


def connections() -> dict[str, Connection]:
    """Return the connection of each side that has one."""
    found: dict[str, Connection] = {}
    for connection in Connection.objects.order_by("pk"):
        found.setdefault(connection.side, connection)
    return found


def wait_seconds(connection: Connection | None) -> int:
    """Return for how many more seconds a system asked us to wait."""
    if connection is None:
        return 0
    until = (connection.window or {}).get("not_before") or 0
    try:
        return max(0, round(float(until) - time.time()))
    except (TypeError, ValueError):
        return 0


def end_of(side: str, connection: Connection | None) -> BridgeEnd:
    """Return one end of the bridge."""
    look = connection_look(connection, wait_seconds(connection))
    fallback = "NAV" if side == Side.ERP else "Sales"
    note = str(look.word)
    if connection and connection.check_seconds is not None and look.tone == "ok":
        note = f"{note} · {duration_text(connection.check_seconds)}"
    name = (connection.company or connection.name) if connection and side == Side.ERP else None
    return BridgeEnd(side, name or (connection.name if connection else fallback), note, look)


@dataclass(frozen=True, slots=True)
class TitledEnd:
    """One end of the bridge with the name of its system."""

    side: str
    title: str
    end: BridgeEnd


def titled_ends() -> list[TitledEnd]:
    """Return both ends of the bridge, NAV first."""
    found = connections()
    titles = {Side.ERP.value: _("NAV"), Side.CRM.value: _("Sales")}
    return [TitledEnd(side, title, end_of(side, found.get(side))) for side, title in titles.items()]


def progress_text(run: SynchRun) -> str:
    """Return how much of a run is done: by records, or by mappings while one has not been counted yet."""
    lines = list(SynchRunLine.objects.filter(run=run).only("done", "total", "job_queue_entry_status", "pass_number"))
    if any(not line.total and line.job_queue_entry_status not in FINISHED_OR_ERROR for line in lines):
        main = [line for line in lines if line.pass_number == 1]
        finished = sum(line.job_queue_entry_status == JobQueueStatus.FINISHED for line in main)
        return _("%(done)s of %(all)s") % {"done": finished, "all": len(main)}
    whole = sum(line.total for line in lines)
    return f"{int(100 * sum(line.done for line in lines) / whole) if whole else 0} %"


def _flow(run: SynchRun | None, ends: tuple[BridgeEnd, BridgeEnd]) -> Look:
    if run is None:
        if all(end.look.tone == "ok" for end in ends):
            return IDLE.saying(_("Not synchronized yet"))
        return OFF.saying(_("Not enabled yet"))
    if run.status not in RUN_ENDS:
        if run.pause_requested:
            return run_look(run.status, paused=True).saying(_("Paused by %(name)s") % {"name": run.stopped_by or "–"})
        if workers_alarm(run):
            return BAD.saying(_("No worker answers"))
        name = _("Preview") if run.preview else _("Full synch.") if run.kind == "full" else _("Synchronizing")
        return BUSY.saying(f"{name} {progress_text(run)}")
    ago = age_text(run.finished_at)
    if run.status == RunStatus.FINISHED:
        return OK.saying(_("In sync %(ago)s") % {"ago": ago})
    if run.status == RunStatus.FINISHED_WITH_ERRORS:
        return WARN.saying(_("Some records failed, %(ago)s") % {"ago": ago})
    return run_look(run.status).saying(f"{run_look(run.status).word}, {ago}")


def latest_run() -> SynchRun | None:
    """Return the run that is open, or else the last one that was no preview."""
    run = SynchRun.objects.exclude(status__in=RUN_ENDS).order_by("-number").first()
    return run or SynchRun.objects.filter(preview=False).order_by("-number").first()


def bridge() -> Bridge:
    """Return what the bridge shows now."""
    found = connections()
    erp, crm = end_of(Side.ERP, found.get(Side.ERP)), end_of(Side.CRM, found.get(Side.CRM))
    run = latest_run()
    is_running = bool(run and run.status not in RUN_ENDS)
    return Bridge(erp, crm, _flow(run, (erp, crm)), run, is_running)


def open_error_count() -> int:
    """Return how many record errors are open, counted up to the cap."""
    return SynchJobError.objects.filter(resolved_at__isnull=True)[: CAP + 1].count()


def open_conflict_count() -> int:
    """Return how many field conflicts are open, counted up to the cap."""
    return FieldConflict.objects.filter(state="open")[: CAP + 1].count()

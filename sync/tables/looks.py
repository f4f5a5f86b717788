"""Status looks: glyph, word and tone of every state that a page shows (look.md, section 4).

Never by colour alone: a look always carries a glyph and a word. Product words stay unchanged; waits say for what.
"""

from dataclasses import dataclass, replace

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from connector.models import Connection, ConnectionState
from sync.choices import (
    CouplingState,
    FieldStatus,
    JobQueueStatus,
    JobStatus,
    Recommendation,
    RunStatus,
    SynchAction,
)

Text = str | Promise


@dataclass(frozen=True, slots=True)
class Look:
    """How one state is shown: the tone colours it, the glyph and the word carry it."""

    tone: str
    glyph: str
    word: Text

    def saying(self, word: Text) -> "Look":
        """Return the same look with another word."""
        return replace(self, word=word)


OK = Look("ok", "ok", _("In sync"))
BUSY = Look("busy", "busy", _("Synchronizing"))
WAIT = Look("wait", "wait", _("Waiting"))
CONFLICT = Look("wait", "conflict", _("Conflict"))
WARN = Look("wait", "warn", _("Some records failed"))
BAD = Look("bad", "bad", _("Failed"))
READY = Look("idle", "ready", _("Retries by itself"))
HOLD = Look("idle", "hold", _("On Hold"))
IDLE = Look("idle", "idle", _("Not coupled"))
OFF = Look("idle", "off", _("Outside the filter"))
NOTHING = Look("idle", "idle", "–")

_QUEUE: dict[str, Look] = {
    JobQueueStatus.BLANK: IDLE,
    JobQueueStatus.READY: READY,
    JobQueueStatus.IN_PROCESS: BUSY,
    JobQueueStatus.ERROR: BAD,
    JobQueueStatus.ON_HOLD: HOLD,
    JobQueueStatus.FINISHED: OK,
    JobQueueStatus.ON_HOLD_INACTIVITY: HOLD,
    JobQueueStatus.WAITING: WAIT,
}
_JOB: dict[str, Look] = {
    JobStatus.BLANK: NOTHING,
    JobStatus.SUCCESS: OK,
    JobStatus.IN_PROCESS: BUSY,
    JobStatus.ERROR: BAD,
}
_RUN: dict[str, Look] = {
    RunStatus.QUEUED: READY,
    RunStatus.RUNNING: BUSY,
    RunStatus.FINISHED: OK,
    RunStatus.FINISHED_WITH_ERRORS: WARN,
    RunStatus.CANCELLED: HOLD,
    RunStatus.FAILED: BAD,
    RunStatus.STOPPED: WARN,
}
_COUPLING: dict[str, Look] = {
    CouplingState.IN_SYNC: OK,
    CouplingState.WAITING: WAIT,
    CouplingState.CONFLICT: CONFLICT,
    CouplingState.SKIPPED: HOLD,
    CouplingState.FAILED: BAD,
    CouplingState.UNCOUPLED: IDLE,
}
_RECOMMENDATION: dict[str, Look] = {
    Recommendation.FULL: Look("ok", "ok", ""),
    Recommendation.COUPLE: Look("wait", "warn", ""),
    Recommendation.NONE: Look("idle", "off", ""),
    Recommendation.DEPENDENCY: Look("wait", "wait", ""),
}
_FIELD: dict[str, Look] = {
    FieldStatus.ENABLED: OK,
    FieldStatus.DISABLED: HOLD,
    FieldStatus.UNAVAILABLE: Look("wait", "off", ""),
}
_ACTION: dict[str, Look] = {
    SynchAction.INSERT: OK,
    SynchAction.MODIFY: OK,
    SynchAction.COUPLE: OK,
    SynchAction.UNCOUPLE: HOLD,
    SynchAction.DELETE: WARN,
    SynchAction.UNCHANGED: OFF,
    SynchAction.SKIP: HOLD,
    SynchAction.FAIL: BAD,
    SynchAction.WAIT: WAIT,
    SynchAction.CONFLICT: CONFLICT,
}


def queue_look(status: str, waits_for: list[str] | None = None) -> Look:
    """Return the look of a *Job Queue Entry Status*; a line that has not started says for what it waits."""
    if status == JobQueueStatus.BLANK and waits_for:
        return WAIT.saying(_("Waits for %(names)s") % {"names": ", ".join(waits_for)})
    return _QUEUE[status].saying(JobQueueStatus(status).label)


def job_look(status: str, failed: int = 0) -> Look:
    """Return the look of a *To* or *From Int. Table Job Status*, with the number of failed records."""
    look = _JOB[status]
    if status == JobStatus.BLANK:
        return look
    word: Text = JobStatus(status).label
    return look.saying(f"{word} · {failed}" if failed and status == JobStatus.ERROR else word)


def run_look(status: str, *, paused: bool = False, preview: bool = False) -> Look:
    """Return the look of a run; a pause that was asked for shows at once."""
    if paused and status == RunStatus.RUNNING:
        return HOLD.saying(_("Paused"))
    if preview and status == RunStatus.FINISHED:
        return OK.saying(_("Preview ready"))
    return _RUN[status].saying(RunStatus(status).label)


def coupling_look(state: str) -> Look:
    """Return the look of a coupled pair."""
    return _COUPLING[state].saying(CouplingState(state).label)


def recommendation_look(value: str) -> Look:
    """Return the look of an *Initial Synch Recommendation*."""
    return _RECOMMENDATION[value].saying(Recommendation(value).label)


def field_look(status: str) -> Look:
    """Return the look of a field mapping's status."""
    return _FIELD[status].saying(FieldStatus(status).label)


def action_look(action: str) -> Look:
    """Return the look of what was done, or is going to be done, to a record."""
    return _ACTION[action].saying(SynchAction(action).label)


def error_look(*, waits: bool, solved: bool) -> Look:
    """Return the look of a record's error: "waits" is not "failed"."""
    if solved:
        return OK.saying(_("Solved"))
    return WAIT if waits else BAD


def connection_look(connection: Connection | None, wait_seconds: int = 0) -> Look:
    """Return the look of one end of the bridge."""
    if connection is None:
        return IDLE.saying(_("Not set up"))
    if connection.state == ConnectionState.DISABLED:
        return OFF.saying(_("Not enabled"))
    if connection.state == ConnectionState.PAUSED:
        return HOLD.saying(_("Paused"))
    if wait_seconds > 0:
        return WAIT.saying(_("Waiting %(seconds)s s") % {"seconds": wait_seconds})
    if connection.check_message:
        return BAD.saying(_("Check failed"))
    return OK.saying(pgettext_lazy("connection state", "Connected"))

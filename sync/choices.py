"""The fixed words of the product: enumerations only."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Direction(models.TextChoices):
    """Which way a mapping, a field or a job goes; "to" means to the integration table (Sales)."""

    TO = "to", _("To Integration Table")
    FROM = "from", _("From Integration Table")
    BOTH = "both", _("Bidirectional")


class Side(models.TextChoices):
    """One of the two systems."""

    ERP = "erp", _("NAV")
    CRM = "crm", _("Sales")


class MappingKind(models.TextChoices):
    """A pair of tables, or an ERP table and the values of a choice column."""

    TABLE = "table", _("Table")
    OPTION = "option", _("Option set")


class UpdateConflict(models.TextChoices):
    """Who wins when both sides changed the same field."""

    ASK = "ask", _("Ask")
    ERP = "erp", _("Send data update to Sales")
    CRM = "crm", _("Get data update from Sales")
    NEWEST = "newest", _("Newest wins")


class ConflictScope(models.TextChoices):
    """Whether a conflict stops one field or the whole record."""

    FIELD = "field", _("Field")
    RECORD = "record", _("Whole record")


class DeletionConflict(models.TextChoices):
    """What happens when one partner of a coupling is gone."""

    ASK = "ask", _("Ask")
    RESTORE = "restore", _("Restore records")
    UNCOUPLE = "uncouple", _("Delete coupling")
    DELETE = "delete", _("Delete the other record too")


class FieldStatus(models.TextChoices):
    """Whether a field mapping takes part."""

    ENABLED = "enabled", _("Enabled")
    DISABLED = "disabled", _("Disabled")
    UNAVAILABLE = "unavailable", _("Not available on this server")


class CouplingState(models.TextChoices):
    """Where a coupled pair stands."""

    IN_SYNC = "in_sync", _("In sync")
    WAITING = "waiting", _("Waiting")
    CONFLICT = "conflict", _("Conflict")
    SKIPPED = "skipped", _("Skipped")
    FAILED = "failed", _("Failed")
    UNCOUPLED = "uncoupled", _("Uncoupled by hand")


class SynchKind(models.TextChoices):
    """Why a run was started."""

    FULL = "full", _("Full synchronization")
    SCHEDULED = "scheduled", _("Scheduled synchronization")
    MANUAL = "manual", _("Synchronize now")


class RunStatus(models.TextChoices):
    """The life of a run; the last five are ends."""

    QUEUED = "queued", _("Queued")
    RUNNING = "running", _("In Process")
    FINISHED = "finished", _("Finished")
    FINISHED_WITH_ERRORS = "finished_with_errors", _("Finished, some records failed")
    CANCELLED = "cancelled", _("Cancelled")
    FAILED = "failed", _("Error")
    STOPPED = "stopped", _("Stopped by the mass-change stop")


RUN_ENDS = frozenset(
    {RunStatus.FINISHED, RunStatus.FINISHED_WITH_ERRORS, RunStatus.CANCELLED, RunStatus.FAILED, RunStatus.STOPPED}
)


class JobQueueStatus(models.TextChoices):
    """*Job Queue Entry Status* of a review line; blank means not started."""

    BLANK = "", pgettext_lazy("job queue entry status", "Not started")
    READY = "ready", pgettext_lazy("job queue entry status", "Ready")
    IN_PROCESS = "in_process", pgettext_lazy("job queue entry status", "In Process")
    ERROR = "error", pgettext_lazy("job queue entry status", "Error")
    ON_HOLD = "on_hold", pgettext_lazy("job queue entry status", "On Hold")
    FINISHED = "finished", pgettext_lazy("job queue entry status", "Finished")
    ON_HOLD_INACTIVITY = (
        "on_hold_with_inactivity_timeout",
        pgettext_lazy("job queue entry status", "On Hold with Inactivity Timeout"),
    )
    WAITING = "waiting", pgettext_lazy("job queue entry status", "Waiting")


class JobStatus(models.TextChoices):
    """*To/From Int. Table Job Status*; blank means that the direction has no job."""

    BLANK = "", pgettext_lazy("table job status", "Not started")
    SUCCESS = "success", pgettext_lazy("table job status", "Success")
    IN_PROCESS = "in_process", pgettext_lazy("table job status", "In Process")
    ERROR = "error", pgettext_lazy("table job status", "Error")


class Recommendation(models.TextChoices):
    """*Initial Synch Recommendation* of a review line."""

    FULL = "full", _("Full Synchronization")
    COUPLE = "couple", _("Couple Records")
    NONE = "none", _("No Records To Synchronize Now")
    DEPENDENCY = "dependency", _("Dependency not satisfied")


class LineStage(models.TextChoices):
    """How far the work on a line has come."""

    FETCH = "fetch", _("Reading both sides")
    SPLIT = "split", _("Dividing the work")
    PLAN = "plan", _("Comparing")
    SPLIT_BACK = "split_back", _("Dividing the way back")
    PLAN_BACK = "plan_back", _("Comparing the way back")
    CHECK = "check", _("Checking the plan")
    APPLY = "apply", _("Writing")
    READ_BACK = "read_back", _("Reading back")
    DONE = "done", _("Done")


class ChunkStage(models.TextChoices):
    """How far the work on one chunk of a line has come."""

    PLAN = "plan", _("To compare")
    PLANNED = "planned", _("Compared")
    APPLY = "apply", _("To write")
    DONE = "done", _("Done")


class SynchAction(models.TextChoices):
    """What a plan does with one record in one direction."""

    INSERT = "insert", _("Insert")
    MODIFY = "modify", _("Modify")
    COUPLE = "couple", _("Couple")
    UNCOUPLE = "uncouple", _("Uncouple")
    DELETE = "delete", _("Delete")
    UNCHANGED = "unchanged", _("Ignore, unchanged")
    SKIP = "skip", _("Skip")
    FAIL = "fail", _("Fail")
    WAIT = "wait", _("Wait")
    CONFLICT = "conflict", _("Conflict")


class ItemStatus(models.TextChoices):
    """What became of a planned action."""

    PENDING = "pending", _("To do")
    APPLIED = "applied", _("Done")
    FAILED = "failed", _("Failed")
    NOTED = "noted", _("Noted")


COUNTERS = (
    "inserted",
    "modified",
    "deleted",
    "unchanged",
    "skipped",
    "failed",
    "coupled",
    "uncoupled",
    "conflicts",
    "waiting",
)

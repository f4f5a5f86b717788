"""A run, its lines (*CRM Full Synch. Review*) and the chunks a line is divided into."""

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _

from sync.choices import (
    ChunkStage,
    Direction,
    JobQueueStatus,
    JobStatus,
    LineStage,
    Recommendation,
    RunStatus,
    Side,
    SynchKind,
)
from sync.models.leases import Leased


class SynchRun(models.Model):
    """One synchronization of one or more mappings, in dependency order."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    number = models.PositiveIntegerField(default=0)
    erp = models.ForeignKey("connector.Connection", on_delete=models.PROTECT, related_name="+")
    crm = models.ForeignKey("connector.Connection", on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=10, choices=SynchKind)
    preview = models.BooleanField(default=False)
    scope = models.JSONField(default=dict, blank=True, help_text='{"erp": [keys]} or {"crm": [ids]} of single records.')
    status = models.CharField(max_length=25, choices=RunStatus, default=RunStatus.QUEUED)
    message = models.TextField(blank=True, default="")
    allow_mass_change = models.BooleanField(default=False)
    pause_requested = models.BooleanField(default=False)
    cancel_requested = models.BooleanField(default=False)
    started_by = models.CharField(max_length=150, blank=True, default="")
    stopped_by = models.CharField(max_length=150, blank=True, default="")
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    erp_requests = models.PositiveIntegerField(default=0)
    crm_requests = models.PositiveIntegerField(default=0)
    plan_sha256 = models.CharField(max_length=64, blank=True, default="")

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.number}"


class SynchRunLine(Leased):
    """One mapping within a run; `pass_number` 2 sets the fields that had to wait for a later line."""

    run = models.ForeignKey(SynchRun, on_delete=models.CASCADE, related_name="lines")
    mapping = models.ForeignKey("sync.IntegrationTableMapping", on_delete=models.CASCADE, related_name="lines")
    name = models.CharField(_("Name"), max_length=20)
    pass_number = models.PositiveSmallIntegerField(default=1)
    position = models.PositiveIntegerField(default=0, help_text="Place in the dependency order.")
    step = models.PositiveIntegerField(default=1, help_text="Column in the order graph: 1 needs nothing.")
    depends_on = models.JSONField(default=list, blank=True)
    direction = models.CharField(_("Direction"), max_length=5, choices=Direction)
    stage = models.CharField(max_length=12, choices=LineStage, default=LineStage.FETCH)
    job_queue_entry_status = models.CharField(
        _("Job Queue Entry Status"), max_length=32, choices=JobQueueStatus, blank=True, default=JobQueueStatus.BLANK
    )
    to_status = models.CharField(
        _("To Int. Table Job Status"), max_length=10, choices=JobStatus, blank=True, default=JobStatus.BLANK
    )
    from_status = models.CharField(
        _("From Int. Table Job Status"), max_length=10, choices=JobStatus, blank=True, default=JobStatus.BLANK
    )
    to_job = models.ForeignKey("sync.SynchJob", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    from_job = models.ForeignKey("sync.SynchJob", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    recommendation = models.CharField(
        _("Recommendation"), max_length=12, choices=Recommendation, default=Recommendation.FULL
    )
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    outside = models.PositiveIntegerField(default=0, help_text="Records that the mapping does not take.")
    message = models.TextField(blank=True, default="", help_text="Why the line stands where it stands, in a sentence.")
    details = models.TextField(blank=True, default="", help_text="The trace of an unexpected error.")
    waits_for = models.JSONField(default=list, blank=True)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    plan_sha256 = models.CharField(max_length=64, blank=True, default="")

    class Meta:
        ordering = ["position", "pass_number"]
        constraints = [
            models.UniqueConstraint(fields=["run", "mapping", "pass_number"], name="line_once_per_run_and_pass")
        ]

    def __str__(self) -> str:
        return self.name


class SynchChunk(Leased):
    """Up to CHUNK_RECORDS records of a line: the unit that one worker plans and applies."""

    line = models.ForeignKey(SynchRunLine, on_delete=models.CASCADE, related_name="chunks")
    number = models.PositiveIntegerField()
    side = models.CharField(max_length=3, choices=Side, help_text="Side whose uncoupled records are walked.")
    keys = models.JSONField(default=list, help_text="Keys of the source records, in order.")
    stage = models.CharField(max_length=10, choices=ChunkStage, default=ChunkStage.PLAN)
    counters = models.JSONField(default=dict, blank=True)
    outside = models.PositiveIntegerField(default=0, help_text="Records that the mapping does not take.")

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["line", "number"], name="chunk_once_per_line")]

    def __str__(self) -> str:
        return f"{self.line_id}/{self.number}"

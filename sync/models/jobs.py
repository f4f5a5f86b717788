"""Jobs: one mapping, one direction, one run, with counters, the records acted on, and the errors."""

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _

from sync.choices import Direction, JobQueueStatus, JobStatus, SynchAction
from sync.models.runs import SynchRun, SynchRunLine


class SynchJob(models.Model):
    """*Integration Synch. Job*: what one direction of one mapping did in one run."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    run = models.ForeignKey(SynchRun, on_delete=models.CASCADE, related_name="jobs")
    line = models.ForeignKey(SynchRunLine, on_delete=models.CASCADE, related_name="jobs")
    mapping = models.ForeignKey("sync.IntegrationTableMapping", on_delete=models.CASCADE, related_name="jobs")
    direction = models.CharField(_("Synch. Direction"), max_length=5, choices=Direction)
    status = models.CharField(max_length=10, choices=JobStatus, default=JobStatus.IN_PROCESS)
    started_at = models.DateTimeField(_("Start Date/Time"), auto_now_add=True)
    finished_at = models.DateTimeField(_("Finish Date/Time"), null=True, blank=True)
    message = models.TextField(_("Message"), blank=True, default="")
    inserted = models.PositiveIntegerField(_("Inserted"), default=0)
    modified = models.PositiveIntegerField(_("Modified"), default=0)
    deleted = models.PositiveIntegerField(_("Deleted"), default=0)
    unchanged = models.PositiveIntegerField(_("Unchanged"), default=0)
    skipped = models.PositiveIntegerField(_("Skipped"), default=0)
    failed = models.PositiveIntegerField(_("Failed"), default=0)
    coupled = models.PositiveIntegerField(_("Coupled"), default=0)
    uncoupled = models.PositiveIntegerField(_("Uncoupled"), default=0)
    conflicts = models.PositiveIntegerField(_("Conflicts"), default=0)
    waiting = models.PositiveIntegerField(_("Waiting"), default=0)

    class Meta:
        ordering = ["-started_at"]
        constraints = [models.UniqueConstraint(fields=["line", "direction"], name="job_once_per_line_and_direction")]
        verbose_name = _("Integration Synch. Job")
        verbose_name_plural = _("Integration Synch. Jobs")

    def __str__(self) -> str:
        return f"{self.mapping_id} {self.direction}"


class SynchJobEntry(models.Model):
    """One record that a job acted on: the undo journal, with field changes before → after."""

    job = models.ForeignKey(SynchJob, on_delete=models.CASCADE, related_name="entries")
    action = models.CharField(max_length=10, choices=SynchAction)
    erp_key = models.CharField(max_length=250, blank=True, default="", db_index=True)
    crm_id = models.CharField(max_length=36, blank=True, default="", db_index=True)
    name = models.CharField(max_length=250, blank=True, default="")
    fields = models.JSONField(default=dict, blank=True)
    reason = models.TextField(blank=True, default="")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.action} {self.erp_key or self.crm_id}"


class SynchJobError(models.Model):
    """*Integration Synch. Job Error*: one record that did not get through, with its cause."""

    job = models.ForeignKey(SynchJob, on_delete=models.CASCADE, related_name="errors")
    mapping = models.ForeignKey("sync.IntegrationTableMapping", on_delete=models.CASCADE, related_name="errors")
    direction = models.CharField(max_length=5, choices=Direction)
    erp_key = models.CharField(_("Source"), max_length=250, blank=True, default="")
    crm_id = models.CharField(_("Destination"), max_length=300, blank=True, default="")
    name = models.CharField(max_length=250, blank=True, default="")
    code = models.CharField(max_length=60)
    message = models.TextField(_("Error Message"))
    cause = models.CharField(max_length=120, blank=True, default="", db_index=True)
    waits = models.BooleanField(default=False)
    details = models.TextField(blank=True, default="")
    at = models.DateTimeField(_("Date/Time"), auto_now_add=True)
    resolved_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-at", "-pk"]
        indexes = [
            models.Index(fields=["mapping", "erp_key"], name="job_error_erp"),
            models.Index(fields=["resolved_at", "-at"], name="job_error_open"),
        ]
        verbose_name = _("Integration Synch. Error")
        verbose_name_plural = _("Integration Synch. Errors")

    def __str__(self) -> str:
        return self.message


class JobQueueEntry(models.Model):
    """The recurring job of a mapping."""

    mapping = models.OneToOneField(
        "sync.IntegrationTableMapping", on_delete=models.CASCADE, related_name="job_queue_entry"
    )
    status = models.CharField(max_length=32, choices=JobQueueStatus, default=JobQueueStatus.ON_HOLD)
    earliest_start = models.DateTimeField(null=True, blank=True)
    minutes_between_runs = models.PositiveIntegerField(default=30)
    inactivity_timeout_minutes = models.PositiveIntegerField(default=720)
    message = models.TextField(blank=True, default="")

    def __str__(self) -> str:
        return f"{self.mapping_id} {self.status}"


class JobQueueLogEntry(models.Model):
    """One turn of a worker on a line: who worked when, and how it ended."""

    line = models.ForeignKey(SynchRunLine, on_delete=models.CASCADE, related_name="log_entries")
    what = models.CharField(max_length=60)
    worker = models.CharField(max_length=80, blank=True, default="")
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)
    status = models.CharField(max_length=12, choices=JobStatus, default=JobStatus.IN_PROCESS)
    message = models.TextField(blank=True, default="")

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.what} {self.status}"

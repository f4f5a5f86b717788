"""Couplings, and the records and fields that wait."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from sync.choices import CouplingState, Direction, JobStatus
from sync.models.mappings import IntegrationTableMapping


class Coupling(models.Model):
    """The stored link between an ERP record and a CRM row; one-to-one per mapping by constraint.

    `baseline` holds, per field mapping id, what both sides held when they last agreed: `[erp, crm]`, or `[both]`.
    `provisional` tells that the baseline holds values sent in bulk and not yet read back. `agreed` is the token of the last
    comparison that found nothing to do (sync/services/agreement.py). The two ends never change: another partner is another row.
    """

    mapping = models.ForeignKey(IntegrationTableMapping, on_delete=models.CASCADE, related_name="couplings")
    erp_key = models.CharField(max_length=250)
    crm_id = models.CharField(max_length=36)
    baseline = models.JSONField(default=dict)
    provisional = models.BooleanField(default=False)
    sent = models.JSONField(default=list, blank=True, help_text="Fields that were written and not read back yet.")
    deferred = models.JSONField(
        default=list, blank=True, help_text="Fields that wait for a later line of the same run."
    )
    state = models.CharField(max_length=10, choices=CouplingState, default=CouplingState.IN_SYNC)
    reason = models.TextField(blank=True, default="")
    cause = models.CharField(max_length=120, blank=True, default="")
    retry_at = models.DateTimeField(null=True, blank=True)
    skipped = models.BooleanField(_("Skipped"), default=False)
    to_result = models.CharField(max_length=10, choices=JobStatus, blank=True, default=JobStatus.BLANK)
    from_result = models.CharField(max_length=10, choices=JobStatus, blank=True, default=JobStatus.BLANK)
    to_job = models.ForeignKey("sync.SynchJob", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    from_job = models.ForeignKey("sync.SynchJob", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    coupled_at = models.DateTimeField(auto_now_add=True)
    synched_at = models.DateTimeField(null=True, blank=True)
    agreed = models.CharField(max_length=40, blank=True, default="", editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["mapping", "erp_key"], name="coupling_one_per_erp_record"),
            models.UniqueConstraint(fields=["mapping", "crm_id"], name="coupling_one_per_crm_row"),
        ]
        indexes = [
            models.Index(fields=["mapping", "state"], name="coupling_state"),
            models.Index(fields=["mapping"], condition=models.Q(provisional=True), name="coupling_provisional"),
        ]

    def __str__(self) -> str:
        return f"{self.erp_key} ↔ {self.crm_id}"


class PendingRecord(models.Model):
    """An uncoupled record that waits or failed, with its reason and its own retry clock."""

    mapping = models.ForeignKey(IntegrationTableMapping, on_delete=models.CASCADE, related_name="pending")
    direction = models.CharField(max_length=5, choices=Direction)
    key = models.CharField(max_length=250, help_text="Key of the source record.")
    name = models.CharField(max_length=250, blank=True, default="")
    code = models.CharField(max_length=60)
    message = models.TextField()
    cause = models.CharField(max_length=120, blank=True, default="", db_index=True)
    waits = models.BooleanField(default=False, help_text="Waits for something or somebody, did not fail.")
    attempts = models.PositiveIntegerField(default=1)
    retry_at = models.DateTimeField(null=True, blank=True)
    first_at = models.DateTimeField(auto_now_add=True)
    at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["mapping", "direction", "key"], name="pending_once_per_record"),
        ]

    def __str__(self) -> str:
        return f"{self.mapping_id} {self.key}: {self.code}"


class FieldConflict(models.Model):
    """One field of one coupling that both sides changed differently, or a partner that is gone (`field` is blank)."""

    coupling = models.ForeignKey(Coupling, on_delete=models.CASCADE, related_name="conflicts")
    field = models.CharField(max_length=80, blank=True, default="")
    baseline = models.JSONField(null=True)
    erp_value = models.JSONField(null=True)
    crm_value = models.JSONField(null=True)
    state = models.CharField(max_length=10, default="open")
    resolution = models.CharField(max_length=10, blank=True, default="")
    opened_at = models.DateTimeField(auto_now_add=True)
    resolved_at = models.DateTimeField(null=True, blank=True)
    resolved_by = models.CharField(max_length=150, blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["coupling", "field"], condition=models.Q(state="open"), name="one_open_conflict_per_field"
            )
        ]

    def __str__(self) -> str:
        return f"{self.coupling_id}.{self.field}"

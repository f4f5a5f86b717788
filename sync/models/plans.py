"""A plan: the ordered list of actions of a run, stored so that it can be shown, approved, applied and taken up again."""

from django.db import models

from sync.choices import Direction, ItemStatus, SynchAction
from sync.models.runs import SynchRun, SynchRunLine


class Plan(models.Model):
    """What a run is going to do; `sha256` is the same for a preview and for the run that then applies it."""

    run = models.OneToOneField(SynchRun, on_delete=models.CASCADE, related_name="plan")
    sha256 = models.CharField(max_length=64, blank=True, default="")
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"Plan of {self.run_id}"


class PlanItem(models.Model):
    """One action on one record in one direction.

    `fields` is what a person reads: `{name: [before, after]}` in CRM form. `payload` is what is written:
    `{"values": {column: value or reference}, "baseline": {field id: [erp, crm]}, "deferred": [...], "etag": "…"}`.
    """

    plan = models.ForeignKey(Plan, on_delete=models.CASCADE, related_name="items")
    line = models.ForeignKey(SynchRunLine, on_delete=models.CASCADE, related_name="items")
    chunk = models.PositiveIntegerField()
    sequence = models.PositiveIntegerField()
    mapping = models.ForeignKey("sync.IntegrationTableMapping", on_delete=models.CASCADE, related_name="+")
    direction = models.CharField(max_length=5, choices=Direction)
    action = models.CharField(max_length=10, choices=SynchAction)
    erp_key = models.CharField(max_length=250, blank=True, default="")
    crm_id = models.CharField(max_length=300, blank=True, default="")
    name = models.CharField(max_length=250, blank=True, default="")
    fields = models.JSONField(default=dict)
    payload = models.JSONField(default=dict)
    reason = models.TextField(blank=True, default="")
    code = models.CharField(max_length=60, blank=True, default="")
    cause = models.CharField(max_length=120, blank=True, default="")
    status = models.CharField(max_length=10, choices=ItemStatus, default=ItemStatus.PENDING)
    step = models.PositiveSmallIntegerField(default=0, help_text="Steps of a creation in several steps that are done.")

    class Meta:
        ordering = ["line__position", "line__pass_number", "chunk", "sequence"]
        constraints = [models.UniqueConstraint(fields=["line", "chunk", "sequence"], name="plan_item_place")]
        indexes = [
            models.Index(fields=["plan", "mapping", "erp_key"], name="plan_item_erp"),
            models.Index(fields=["line", "crm_id"], name="plan_item_crm"),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.erp_key or self.crm_id}"

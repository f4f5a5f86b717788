"""The intent: written before a creating call, closed with its outcome."""

from django.db import models

from sync.choices import Direction
from sync.models.mappings import IntegrationTableMapping


class WriteIntent(models.Model):
    """One record that is about to be created on the other side.

    `target_key` is the id we chose (CRM); `birth` is raised after each deletion, uncoupling or foreign hit, so that a
    later creation of the same record gets a fresh id. `values` is what was sent (ERP, where the other side chooses
    the key). `written` tells that the request went out, so its answer may be lost; `sent_at` when (the database's clock).
    `fingerprint` stands for `values` while a request without an id of ours is open: two equal ones could not be told apart.
    """

    mapping = models.ForeignKey(IntegrationTableMapping, on_delete=models.CASCADE, related_name="intents")
    direction = models.CharField(max_length=5, choices=Direction)
    source_key = models.CharField(max_length=250)
    target_key = models.CharField(max_length=250, blank=True, default="")
    birth = models.PositiveIntegerField(default=0)
    values = models.JSONField(default=dict, blank=True, help_text="What was sent to the ERP, to know the record again.")
    state = models.CharField(max_length=10, default="open")
    written = models.BooleanField(default=False)
    sent_at = models.DateTimeField(null=True, blank=True)
    fingerprint = models.CharField(max_length=64, null=True, blank=True, editable=False)
    line = models.ForeignKey("sync.SynchRunLine", null=True, on_delete=models.SET_NULL, related_name="+")
    opened_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["mapping", "direction", "source_key"], name="one_intent_per_record"),
            models.UniqueConstraint(fields=["mapping", "fingerprint"], name="one_open_creation_of_a_kind"),
        ]
        indexes = [models.Index(fields=["mapping"], condition=models.Q(state="open"), name="intent_open")]

    def __str__(self) -> str:
        return f"{self.source_key} → {self.target_key} ({self.state})"

"""The checks of the proof: does it really work? Each is kept with its result and can be run again alone."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class CheckState(models.TextChoices):
    """How a check ended."""

    WAITING = "waiting", _("Not started")
    RUNNING = "running", _("In Process")
    PASSED = "passed", _("Passed")
    WARNING = "warning", _("Passed, look at this")
    FAILED = "failed", _("Failed")
    SKIPPED = "skipped", _("Not needed")


class ProofCheck(models.Model):
    """One check. `sentence` says the result, `todo` what to do about it; `facts` holds figures for the page (no secrets)."""

    draft = models.ForeignKey("setup_wizard.SetupDraft", on_delete=models.CASCADE, related_name="checks")
    key = models.CharField(max_length=120)
    group = models.CharField(max_length=40)
    position = models.PositiveSmallIntegerField(default=0)
    state = models.CharField(max_length=10, choices=CheckState, default=CheckState.WAITING)
    title = models.CharField(max_length=200)
    sentence = models.TextField(blank=True, default="")
    todo = models.TextField(blank=True, default="")
    facts = models.JSONField(default=dict, blank=True)
    seconds = models.FloatField(null=True, blank=True)
    checked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["draft", "key"], name="proof_check_once")]
        ordering = ["position"]

    def __str__(self) -> str:
        return self.key

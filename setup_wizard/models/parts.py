"""The parts of Finish: each can be repeated alone, and what is done stays done."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class PartState(models.TextChoices):
    """How far one part is."""

    WAITING = "waiting", _("Not started")
    RUNNING = "running", _("In Process")
    DONE = "done", _("Finished")
    FAILED = "failed", _("Failed")
    SKIPPED = "skipped", _("Not needed")


class SetupPart(models.Model):
    """One part of Finish, such as the import of the solution; `sentence` is its result or what is wrong, `todo` what to do."""

    draft = models.ForeignKey("setup_wizard.SetupDraft", on_delete=models.CASCADE, related_name="parts")
    key = models.CharField(max_length=40)
    position = models.PositiveSmallIntegerField(default=0)
    # Done with the administrator's sign-in, in a child process that ends with it.
    needs_administrator = models.BooleanField(default=False)
    state = models.CharField(max_length=10, choices=PartState, default=PartState.WAITING)
    percent = models.PositiveSmallIntegerField(null=True, blank=True)
    sentence = models.TextField(blank=True, default="")
    todo = models.TextField(blank=True, default="")
    facts = models.JSONField(default=dict, blank=True)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    # A running part whose process has not been heard of since counts as stopped and can be repeated.
    heard_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["draft", "key"], name="setup_part_once")]
        ordering = ["position"]

    def __str__(self) -> str:
        return self.key

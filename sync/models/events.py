"""Who did what."""

from django.db import models


class AuditEvent(models.Model):
    """One thing a person or a command did that changes what the connector does."""

    at = models.DateTimeField(auto_now_add=True)
    who = models.CharField(max_length=150)
    what = models.CharField(max_length=60)
    on_what = models.CharField(max_length=250, blank=True, default="")
    details = models.JSONField(default=dict, blank=True)

    class Meta:
        ordering = ["-at"]

    def __str__(self) -> str:
        return f"{self.who}: {self.what}"

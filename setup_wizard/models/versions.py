"""Earlier set-ups to return to: what `export_setup` would have written at that moment."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class SetupVersion(models.Model):
    """One set-up as it was before something replaced it; `document` is the export, without secrets."""

    created_at = models.DateTimeField(auto_now_add=True)
    who = models.CharField(max_length=150)
    reason = models.CharField(max_length=250, blank=True, default="")
    document = models.JSONField(default=dict)
    sha256 = models.CharField(max_length=64)

    class Meta:
        ordering = ["-created_at", "-pk"]
        verbose_name = _("Set-up version")
        verbose_name_plural = _("Set-up versions")

    def __str__(self) -> str:
        return f"{self.created_at:%Y-%m-%d %H:%M} {self.reason}".strip()

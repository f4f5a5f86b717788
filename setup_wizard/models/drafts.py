"""The answers of one set-up, kept until it is finished: a person can close the browser and go on later."""

import json
import uuid
from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from connector import secrets


class SetupDraft(models.Model):
    """One set-up in progress. `answers` is step name -> cleaned values without secrets; secrets are kept apart, encrypted.

    An administrator's secret or token is never among them (design 4; reference connection-setup 1.7).
    """

    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    answers = models.JSONField(default=dict, blank=True)
    secret_answers = models.TextField(blank=True, default="", editable=False)
    step = models.CharField(max_length=40, blank=True, default="")
    # Raised with every save: a second tab that shows an older state says so instead of overwriting.
    version = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)
    changed_at = models.DateTimeField(auto_now=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("Set-up")
        verbose_name_plural = _("Set-ups")

    def __str__(self) -> str:
        return str(self.key)

    def secret_set(self, name: str, text: str) -> None:
        """Keep one secret, encrypted; an empty text takes it away. The caller saves."""
        kept = self._secrets()
        if text:
            kept[name] = text
        else:
            kept.pop(name, None)
        self.secret_answers = secrets.encrypt(json.dumps(kept)) if kept else ""

    def secret_text(self, name: str) -> str:
        """Return a secret in the clear, or an empty text."""
        return self._secrets().get(name, "")

    def _secrets(self) -> dict[str, str]:
        kept: dict[str, Any] = json.loads(secrets.decrypt(self.secret_answers)) if self.secret_answers else {}
        return kept

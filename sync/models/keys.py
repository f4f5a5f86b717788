"""Web service access keys: a password replacement for our own OData service, one per person."""

from django.conf import settings
from django.db import models


class WebServiceAccessKey(models.Model):
    """The key of one person, kept as a digest only; `expires_at` is None for a key that never expires."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="web_service_key")
    digest = models.CharField(max_length=64)
    expires_at = models.DateTimeField(null=True, blank=True)
    changed_at = models.DateTimeField()
    changed_by = models.CharField(max_length=150)

    class Meta:
        permissions = [("manage_people", "Can manage people, their roles and their keys")]

    def __str__(self) -> str:
        return f"key of {self.user_id}"

"""The Django application that synchronizes."""

from django.apps import AppConfig


class SyncConfig(AppConfig):
    """Mappings, couplings, runs and their pages."""

    name = "sync"
    verbose_name = "Synchronization"
    default_auto_field = "django.db.models.BigAutoField"

"""The Django application that synchronizes."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class SyncConfig(AppConfig):
    """Mappings, couplings, runs and their pages."""

    name = "sync"
    verbose_name = "Synchronization"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Create the roles once the permissions are there, and note what people do with their accounts."""
        from sync.account_events import events_connect
        from sync.roles import roles_install

        events_connect()
        post_migrate.connect(roles_install, sender=self, dispatch_uid="sync.roles_install")

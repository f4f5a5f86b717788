"""The Django application that holds the connections."""

from django.apps import AppConfig


class ConnectorConfig(AppConfig):
    """Connections to the ERP and the CRM, and their secrets."""

    name = "connector"
    verbose_name = "Connections"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register the system checks."""
        from importlib.util import find_spec

        if find_spec("connector.checks"):
            from importlib import import_module

            import_module("connector.checks")

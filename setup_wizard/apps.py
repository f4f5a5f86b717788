"""The Django application that sets everything up."""

from django.apps import AppConfig


class SetupWizardConfig(AppConfig):
    """Set-up of both connections and of the mappings."""

    name = "setup_wizard"
    verbose_name = "Set-up"
    default_auto_field = "django.db.models.BigAutoField"

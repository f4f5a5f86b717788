"""The Django application that sets everything up."""

from django.apps import AppConfig


class SetupWizardConfig(AppConfig):
    """Set-up of both connections and of the mappings."""

    name = "setup_wizard"
    verbose_name = "Set-up"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Let pages tell what the set-up has stored in the person's language."""
        # Models of other applications are not there yet when this module is read.
        from setup_wizard.sentences import SENTENCES
        from sync.selectors.sentences import sentences_add

        sentences_add(SENTENCES)

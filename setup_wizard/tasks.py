"""Thin Celery tasks of the set-up."""

from celery import shared_task

from setup_wizard import finish
from setup_wizard.models import SetupDraft
from setup_wizard.proof import checks


@shared_task(name="setup_wizard.proof", ignore_result=True)
def proof_run_task(*, draft_id: int, keys: list[str] | None = None) -> None:
    """Run the proof's checks of a draft, or those with these keys."""
    checks.proof_run(SetupDraft.objects.get(pk=draft_id), keys)


@shared_task(name="setup_wizard.finish", ignore_result=True, acks_late=True)
def finish_run(*, draft_id: int, looks: int = 0) -> None:
    """Do the parts of Finish that are left and need no administrator; what another worker has is left alone."""
    finish.finish_work(draft_id, looks)

"""The child process that does the administrator's work: the token goes to it by pipe, so it stands nowhere else."""

import json
import subprocess
import sys
import threading
import uuid
from contextlib import suppress

from django.conf import settings
from django.db import connection
from django.utils import translation
from django.utils.translation import gettext as _

from connector.errors import ConfigurationError, LockTaken
from connector.models import Connection, Side
from setup_wizard.models import PartState, SetupDraft
from setup_wizard.provisioning.parts import parts_not_begun, parts_of, parts_stopped
from setup_wizard.provisioning.sign_in import AdministratorToken, token_to_json

# How the child ends when it did its work, whether or not a part failed.
WELL, PART_FAILED = 0, 1
COMMAND = (sys.executable, str(settings.BASE_DIR / "manage.py"), "provision")


def administrator_work_start(draft: SetupDraft, token: AdministratorToken) -> None:
    """Start one child process that does the open parts; it gets the token by pipe. Returns when it has started.

    The Sales connection must be stored. Raises LockTaken while another such process is at work.
    """
    if not Connection.objects.filter(side=Side.CRM).exists():
        raise ConfigurationError(_("There is no connection to Sales yet."), code="no_connection")
    if any(part.state == PartState.RUNNING for part in parts_of(draft)):
        raise LockTaken(_("The administrator's work is under way already."), code="provision_runs")
    child_start(draft, token)


def child_start(draft: SetupDraft, token: AdministratorToken) -> threading.Thread:
    """Start the child and return the thread that waits for its end."""
    process = subprocess.Popen(  # noqa: S603 - our own program, the draft's key as its only argument
        [*COMMAND, str(draft.key)], cwd=settings.BASE_DIR, stdin=subprocess.PIPE, text=True
    )
    assert process.stdin
    holder = str(uuid.uuid4())
    message = {"token": token_to_json(token), "language": translation.get_language() or "en", "holder": holder}
    # One that ended at once takes nothing; the thread below says so on the part.
    with suppress(BrokenPipeError):
        process.stdin.write(json.dumps(message))
    with suppress(BrokenPipeError):
        process.stdin.close()
    thread = threading.Thread(target=_wait, args=(process, draft, holder), name="provision", daemon=True)
    thread.start()
    return thread


def _wait(process: subprocess.Popen[str], draft: SetupDraft, holder: str) -> None:
    """Wait for the child's end: what it left running has stopped, and one that never began says so."""
    try:
        ended = process.wait()
        parts_stopped(draft, holder)
        if ended not in (WELL, PART_FAILED):
            parts_not_begun(draft)
    finally:
        connection.close()

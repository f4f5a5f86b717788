"""Do the administrator's parts of a set-up; started by the site, with the sign-in on standard input."""

import json
import signal
import sys
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import translation

from connector.errors import IntegrationError
from setup_wizard.models import PartState, SetupDraft
from setup_wizard.provisioning.parts import heartbeat, parts_stopped
from setup_wizard.provisioning.sign_in import token_from_json
from setup_wizard.provisioning.work import administrator_work_run

# A token and a language; more is something else.
LARGEST_INPUT = 1024 * 1024


class Command(BaseCommand):
    """Reads one JSON object with the administrator's token from standard input; nothing secret is an argument."""

    help = "Do the administrator's parts of a set-up (started by the site; the sign-in comes by standard input)."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the set-up's key."""
        parser.add_argument("draft", help="key of the set-up")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Do the work; the rows of the parts say how it went."""
        try:
            message = json.loads(sys.stdin.read(LARGEST_INPUT))
            token = token_from_json(message["token"])
            draft = SetupDraft.objects.get(key=options["draft"])
        except (ValueError, KeyError, TypeError, ValidationError, SetupDraft.DoesNotExist, IntegrationError):
            # Without the input's own words: they would hold the token.
            raise CommandError("The set-up or the administrator's sign-in is missing.", returncode=2) from None
        # Asked to end, it says that the work is cut off before it goes.
        signal.signal(signal.SIGTERM, lambda *_signal: sys.exit(143))
        holder = str(message.get("holder") or "")
        with translation.override(str(message.get("language") or "en")), heartbeat(draft, holder):
            try:
                parts = administrator_work_run(draft, token, holder=holder)
            finally:
                parts_stopped(draft, holder)
        if any(part.state == PartState.FAILED for part in parts):
            sys.exit(1)

"""What the tests of the child process run in a process of its own, as the site would: `program.py READY_FILE [kill|term]`.

It stores the connection, signs in as the administrator, starts the child and waits for its end; with `kill` or `term` the child
is ended in the middle of the import and started once more. It prints one JSON object: what the test looks for and what it saw.
"""

import json
import os
import signal
import sys
import threading
import time
from pathlib import Path
from typing import Any

import django
import psutil

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "connector.project.settings")
django.setup()

from connector.delegated import person_client  # noqa: E402
from connector.models import Side  # noqa: E402
from setup_wizard.answers import answers_from_stand_ins  # noqa: E402
from setup_wizard.models import SetupDraft, SetupPart  # noqa: E402
from setup_wizard.provisioning.child import child_start  # noqa: E402
from setup_wizard.provisioning.sign_in import AdministratorToken, sign_in_password  # noqa: E402
from setup_wizard.provisioning.wishes import ProvisionWishes  # noqa: E402
from setup_wizard.provisioning.work import administrator_work_start, parts_of, parts_prepare  # noqa: E402
from setup_wizard.services import connection_store  # noqa: E402

LONGEST_SECONDS = 60.0
SIGNALS = {"kill": signal.SIGKILL, "term": signal.SIGTERM}


def states(draft: SetupDraft) -> dict[str, list[str]]:
    """Return state and sentence of each part."""
    return {part.key: [part.state, part.sentence] for part in parts_of(draft)}


def child() -> psutil.Process:
    """Return the child process."""
    (found,) = [each for each in psutil.Process().children() if "provision" in each.cmdline()]
    return found


def looked_at(process: psutil.Process) -> dict[str, Any]:
    """Return what everybody on the machine can see of a process."""
    return {"arguments": process.cmdline(), "environment": list(process.environ().values())}


def until_importing(draft: SetupDraft) -> None:
    """Wait until the import has begun and its ids are kept."""
    deadline = time.monotonic() + LONGEST_SECONDS
    while not SetupPart.objects.get(draft=draft, key="solution").facts.get("import"):
        assert time.monotonic() < deadline, states(draft)
        time.sleep(0.02)


def main(ready: Path, how: str) -> dict[str, Any]:
    """Do it all and return what was seen."""
    admin = json.loads(ready.read_text())["crm"]["admin"]
    sales = connection_store(Side.CRM, answers_from_stand_ins(ready).sales)
    draft = SetupDraft.objects.create()
    parts_prepare(draft, ProvisionWishes(sales_order_integration=True))
    tokens: list[AdministratorToken] = []

    def start() -> threading.Thread:
        tokens.append(sign_in_password(sales, admin["user"], admin["password"]))
        return child_start(draft, tokens[-1])

    waiting = start()
    seen = looked_at(child())
    stopped: dict[str, list[str]] = {}
    if how:
        until_importing(draft)
        child().send_signal(SIGNALS[how])
        waiting.join(LONGEST_SECONDS)
        stopped = states(draft)
        parts_prepare(draft, ProvisionWishes(sales_order_integration=True))
        tokens.append(sign_in_password(sales, admin["user"], admin["password"]))
        administrator_work_start(draft, tokens[-1])
        waiting = next(thread for thread in threading.enumerate() if thread.name == "provision")
    waiting.join(LONGEST_SECONDS)
    with person_client(sales, tokens[-1].access_token) as client:
        jobs = len(client.wire.get("importjobs?$select=importjobid")["value"])
    secrets = [admin["password"], *(token.access_token for token in tokens)]
    return {**seen, "stopped": stopped, "states": states(draft), "imports": jobs, "secrets": secrets}


if __name__ == "__main__":
    print(json.dumps(main(Path(sys.argv[1]), "".join(sys.argv[2:]))))

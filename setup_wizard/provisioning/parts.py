"""The rows of the administrator's parts: prepared, claimed by one process, heard of, finished or found stopped.

A part that is running belongs to the process that claimed it, by a conditional UPDATE; a process that is gone is noticed
because nothing is heard of it, by the database's clock.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from django.db import close_old_connections, connection, models, transaction
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from setup_wizard.models import PartState, SetupDraft, SetupPart
from setup_wizard.provisioning.wishes import ProvisionWishes
from setup_wizard.solution.names import VERSION

ADMINISTRATOR_PARTS = ("solution", "integration_user", "roles", "order_integration")
BEAT_SECONDS = 5.0
# Some beats may be late on a busy machine; after that the process is gone.
SILENT_SECONDS = 30


def parts_prepare(draft: SetupDraft, wanted: ProvisionWishes) -> list[SetupPart]:
    """Create the administrator's parts, or reset those that are not done or whose wish changed; return them in order.

    A part that is not wanted is SKIPPED, one that runs is left alone. The wishes are kept on the parts (`facts["wanted"]`).
    """
    parts = []
    parts_of(draft)
    with transaction.atomic():
        for position, key in enumerate(ADMINISTRATOR_PARTS):
            part, _made = SetupPart.objects.get_or_create(
                draft=draft, key=key, defaults={"position": position, "needs_administrator": True}
            )
            wish = _wish_of(key, wanted)
            is_wanted = _is_wanted(key, wanted)
            same = part.facts.get("wish") == wish
            if not (part.state == PartState.DONE and same and is_wanted):
                kept = {name: part.facts[name] for name in ("import",) if same and name in part.facts}
                # A process may claim it at this moment: then it is left alone.
                SetupPart.objects.filter(pk=part.pk).exclude(state=PartState.RUNNING).update(
                    state=PartState.WAITING if is_wanted else PartState.SKIPPED,
                    sentence="",
                    todo="",
                    percent=None,
                    started_at=None,
                    finished_at=None,
                    facts={**kept, "wish": wish, "wanted": wanted.to_json()},
                )
                part.refresh_from_db()
            parts.append(part)
    return parts


def _wish_of(key: str, wanted: ProvisionWishes) -> list[Any]:
    """Return what of the wishes a part depends on: done with another, it is to be done again."""
    wishes: dict[str, list[Any]] = {
        "solution": [wanted.own_solution, VERSION],
        "integration_user": [wanted.integration_user],
        "roles": [wanted.integration_user, wanted.own_solution],
        "order_integration": [wanted.sales_order_integration, wanted.order_user],
    }
    return wishes[key]


def _is_wanted(key: str, wanted: ProvisionWishes) -> bool:
    return {"solution": wanted.import_solution, "order_integration": wanted.sales_order_integration}.get(key, True)


def parts_of(draft: SetupDraft) -> list[SetupPart]:
    """Return the administrator's parts in order; a running one of which nothing is heard any more has become FAILED."""
    own = SetupPart.objects.filter(draft=draft, needs_administrator=True)
    silent = models.Q(heard_at__isnull=True) | models.Q(heard_at__lt=Now() - timedelta(seconds=SILENT_SECONDS))
    _stop(own.filter(silent, state=PartState.RUNNING))
    return list(own.order_by("position"))


def parts_open(draft: SetupDraft) -> list[SetupPart]:
    """Return the administrator's parts that still need doing; a running one whose process is gone counts as stopped."""
    return [part for part in parts_of(draft) if part.state in (PartState.WAITING, PartState.FAILED)]


def parts_stopped(draft: SetupDraft, holder: str = "") -> None:
    """Note that a process has ended: what it had begun, and no other process, has stopped."""
    _stop(_held(draft, holder))


def parts_not_begun(draft: SetupDraft) -> None:
    """Note that a process ended without having come to its work, where all parts still wait and none has failed."""
    own = SetupPart.objects.filter(draft=draft, needs_administrator=True)
    first = own.filter(state=PartState.WAITING).order_by("position").first()
    if first and not own.filter(state__in=(PartState.RUNNING, PartState.FAILED)).exists():
        SetupPart.objects.filter(pk=first.pk, state=PartState.WAITING).update(
            state=PartState.FAILED,
            sentence=_("The work could not be started; the reason is in the program's log."),
            todo=_("Try again. If it stays so, report it with the log."),
            finished_at=Now(),
        )


def _held(draft: SetupDraft, holder: str) -> models.QuerySet[SetupPart]:
    """Return the running parts that a process claimed."""
    return SetupPart.objects.filter(
        draft=draft, needs_administrator=True, state=PartState.RUNNING, facts__holder=holder
    )


def _stop(parts: models.QuerySet[SetupPart]) -> None:
    parts.update(
        state=PartState.FAILED,
        sentence=_("The work was cut off before it was finished."),
        todo=_("Sign in again: what is done stays done, and the rest is continued."),
        finished_at=Now(),
    )


def part_claim(part: SetupPart, holder: str = "") -> bool:
    """Take a part for this process, which calls itself `holder`; False when another process has it."""
    taken = SetupPart.objects.filter(pk=part.pk, state__in=(PartState.WAITING, PartState.FAILED)).update(
        state=PartState.RUNNING,
        sentence="",
        todo="",
        percent=None,
        started_at=Now(),
        heard_at=Now(),
        finished_at=None,
        facts={**part.facts, "holder": holder},
    )
    part.refresh_from_db()
    return taken == 1


def part_progress(part: SetupPart, percent: int | None, sentence: str) -> None:
    """Say how far a part is."""
    part.percent, part.sentence = percent, sentence
    SetupPart.objects.filter(pk=part.pk, state=PartState.RUNNING).update(
        percent=percent, sentence=sentence, heard_at=Now()
    )


def part_keep(part: SetupPart, **facts: Any) -> None:
    """Keep facts of a part; no secret is among them."""
    part.facts = {**part.facts, **facts}
    SetupPart.objects.filter(pk=part.pk).update(facts=part.facts, heard_at=Now())


def part_finish(part: SetupPart, state: str, sentence: str, todo: str = "") -> None:
    """End a part."""
    percent = 100 if state == PartState.DONE else part.percent
    SetupPart.objects.filter(pk=part.pk).update(
        state=state, sentence=sentence, todo=todo, percent=percent, heard_at=Now(), finished_at=Now(), facts=part.facts
    )
    part.refresh_from_db()


@contextmanager
def heartbeat(draft: SetupDraft, holder: str = "", seconds: float = BEAT_SECONDS) -> Iterator[None]:
    """Let be heard, from a thread, that this process is at work on the running parts; for a process of its own."""
    ended = threading.Event()

    def beat() -> None:
        running = _held(draft, holder)
        try:
            while not ended.wait(seconds):
                close_old_connections()
                running.update(heard_at=Now())
        finally:
            connection.close()

    thread = threading.Thread(target=beat, name="heartbeat", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()

"""Is anybody there: each queue is asked for a sign of life now and then, and silence is an alarm.

The sweep asks; whichever worker serves the queue answers. A queue with an unanswered question is not asked again for a while, so
that a queue nobody serves does not fill up with questions.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sync.models import QueuePulse, SynchChunk, SynchRunLine
from sync.services.dispatch import send_pulse
from sync.services.leases import database_now, worker_name

QUEUES = ("interactive", "incremental", "full", "maintenance")
ASK_EVERY = timedelta(seconds=20)
ASK_AGAIN = timedelta(minutes=5)
SILENT_AFTER = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class SilentQueue:
    """A queue whose workers have not answered; `since` is None when none ever did."""

    queue: str
    since: datetime | None


def pulses_ask() -> None:
    """Ask every queue that is due."""
    now = database_now()
    for queue in QUEUES:
        pulse, _new = QueuePulse.objects.get_or_create(queue=queue)
        is_answered = bool(pulse.answered_at and pulse.asked_at and pulse.answered_at >= pulse.asked_at)
        if pulse.asked_at is None or now - pulse.asked_at > (ASK_EVERY if is_answered else ASK_AGAIN):
            QueuePulse.objects.filter(pk=pulse.pk).update(asked_at=now)
            send_pulse(queue)


def pulse_answer(queue: str) -> None:
    """Note that this worker serves a queue."""
    QueuePulse.objects.update_or_create(queue=queue, defaults={"answered_at": database_now(), "worker": worker_name()})


def silent_queues() -> list[SilentQueue]:
    """Return the queues that have not answered for a minute, unless their workers are seen at work by their leases."""
    now = database_now()
    busy = {"full", "incremental", "interactive"} if _anybody_works(now) else set()
    silent = []
    for pulse in QueuePulse.objects.order_by("queue"):
        if pulse.asked_at is None or (pulse.answered_at and pulse.answered_at >= pulse.asked_at):
            continue
        if pulse.queue not in busy and now - pulse.asked_at > SILENT_AFTER:
            silent.append(SilentQueue(pulse.queue, pulse.answered_at))
    return silent


def last_answer() -> datetime | None:
    """Return when any worker was last heard of; None when none ever was."""
    return (
        QueuePulse.objects.order_by("-answered_at")
        .exclude(answered_at=None)
        .values_list("answered_at", flat=True)
        .first()
    )


def _anybody_works(now: datetime) -> bool:
    held = {"leased_until__gt": now}
    return SynchRunLine.objects.filter(**held).exists() or SynchChunk.objects.filter(**held).exists()

"""Silence is an alarm: queues are asked for a sign of life, and those that do not give it are named."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from sync.models import QueuePulse, SynchChunk
from sync.services.leases import database_now, lease_take, worker_name
from sync.services.workers import (
    ASK_AGAIN,
    ASK_EVERY,
    QUEUES,
    SILENT_AFTER,
    last_answer,
    pulse_answer,
    pulses_ask,
    silent_queues,
)

Message = tuple[str, str]
MOMENT = timedelta(seconds=1)


def asked_ago(queue: str, ago: timedelta, answered: timedelta | None = None) -> None:
    """Put a queue's question, and its answer if there was one, into the past."""
    now = database_now()
    QueuePulse.objects.update_or_create(
        queue=queue, defaults={"asked_at": now - ago, "answered_at": now - answered if answered is not None else None}
    )


def silent() -> list[str]:
    """Return the names of the silent queues."""
    return [found.queue for found in silent_queues()]


def test_every_queue_is_asked_on_itself(messages: list[Message]) -> None:
    pulses_ask()
    assert sorted(messages) == sorted(("pulse", queue) for queue in QUEUES)


def test_nobody_is_asked_twice_at_once(messages: list[Message]) -> None:
    pulses_ask()
    messages.clear()
    pulses_ask()
    assert messages == []


def test_who_answered_is_asked_again_soon_and_who_did_not_later(messages: list[Message]) -> None:
    pulses_ask()
    messages.clear()
    asked_ago("full", ASK_EVERY + MOMENT, answered=ASK_EVERY)
    asked_ago("incremental", ASK_EVERY + MOMENT)
    asked_ago("interactive", ASK_AGAIN + MOMENT)
    pulses_ask()
    assert sorted(messages) == [("pulse", "full"), ("pulse", "interactive")]


def test_an_answer_says_who() -> None:
    pulse_answer("full")
    assert QueuePulse.objects.get(queue="full").worker == worker_name()
    assert last_answer() is not None


def test_nothing_is_known_before_the_first_question() -> None:
    assert silent_queues() == []
    assert last_answer() is None


def test_a_queue_is_silent_after_its_time() -> None:
    asked_ago("full", SILENT_AFTER - MOMENT * 5)
    assert silent() == []
    asked_ago("full", SILENT_AFTER + MOMENT)
    asked_ago("maintenance", SILENT_AFTER + MOMENT, answered=SILENT_AFTER + MOMENT * 2)
    asked_ago("incremental", SILENT_AFTER + MOMENT, answered=timedelta(0))
    assert silent() == ["full", "maintenance"]
    assert {found.queue: found.since is None for found in silent_queues()} == {"full": True, "maintenance": False}


def test_a_late_answer_ends_the_alarm() -> None:
    asked_ago("full", SILENT_AFTER * 5)
    assert silent() == ["full"]
    pulse_answer("full")
    assert silent() == []


def test_a_worker_that_is_busy_is_not_silent(chunk_at: Callable[..., SynchChunk]) -> None:
    for queue in QUEUES:
        asked_ago(queue, SILENT_AFTER * 2)
    chunk = chunk_at()
    assert lease_take(chunk)
    assert silent() == ["maintenance"]
    SynchChunk.objects.update(leased_until=database_now() - MOMENT)
    assert silent() == sorted(QUEUES)


@pytest.mark.parametrize("queue", QUEUES)
def test_the_task_answers_for_its_queue(queue: str) -> None:
    from sync.tasks import pulse

    pulse(queue=queue)
    assert QueuePulse.objects.filter(queue=queue, answered_at__isnull=False).exists()

"""The one retry policy: should we, how long, and with how much jitter.

A refused request (throttled, connection refused, 401) was not processed: any verb may be repeated. After a lost answer
only what is harmless to repeat is: reads, conditional writes and writes addressed by key. A plain create is not.
"""

import enum
import random

from connector.errors import IntegrationError, LockTaken, Retryable, ServerUnavailable, Throttled, Timeout

ATTEMPTS = 4
FIRST_PAUSE_SECONDS = 0.5
LONGEST_PAUSE_SECONDS = 8.0
# Longer waits belong to the row's own clock: a worker that slept through its lease would lose it.
PATIENCE_SECONDS = 30.0


class Replay(enum.Enum):
    """Whether a request may be sent again when nobody knows whether the first was carried out."""

    SAFE = "a read"
    KEYED = "a write that repeats to the same state"
    ONCE = "a creation that would make a second record"


def should_repeat(error: IntegrationError, replay: Replay, attempt: int, *, attempts: int = ATTEMPTS) -> bool:
    """Tell whether to send the request again after its `attempt`-th failure (counted from 1)."""
    if attempt >= attempts or not isinstance(error, Retryable):
        return False
    if error.retry_after > PATIENCE_SECONDS:
        return False
    if isinstance(error, Throttled):
        return True
    if isinstance(error, LockTaken):
        return True
    if isinstance(error, ServerUnavailable | Timeout) and error.outcome_unknown:
        return replay is not Replay.ONCE
    return True


def pause_seconds(error: IntegrationError, attempt: int) -> float:
    """Return how long to wait before the next attempt, without jitter: the server's wish beats our formula."""
    if isinstance(error, Retryable) and error.retry_after > 0:
        return error.retry_after
    return float(min(LONGEST_PAUSE_SECONDS, FIRST_PAUSE_SECONDS * 2 ** (attempt - 1)))


def with_jitter(seconds: float, source: random.Random | None = None) -> float:
    """Return a pause of up to a quarter more, so that workers that failed together do not come back together."""
    return seconds * (1 + 0.25 * (source or random).random())

"""Service protection limits: requests, execution time and concurrency per user over a sliding five minutes.

Source: learn.microsoft.com, "Service protection API limits". `tenth` is the same with a tenth of each number.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass, field

from sandbox.common.clock import Clock

WINDOW_SECONDS = 300
PENALTY_CAP_SECONDS = 30
"""Retry-After grows while a client keeps calling, by one second per ten refused calls, up to this."""


@dataclass(frozen=True, slots=True)
class Allowance:
    """What one user may do in the window, and the parallelism the server recommends."""

    requests: int
    execution_seconds: int
    concurrent: int
    parallel_hint: int


ALLOWANCES = {
    "off": Allowance(0, 0, 0, 8),
    "real": Allowance(6000, 1200, 52, 4),
    "tenth": Allowance(600, 120, 5, 2),
}


@dataclass(frozen=True, slots=True)
class Refusal:
    """A request that is over a limit: answered 429 with these."""

    code: str
    message: str
    retry_after: int


@dataclass(slots=True)
class _Usage:
    done: deque[tuple[float, float]] = field(default_factory=deque)
    seconds: float = 0.0
    running: int = 0
    refused: int = 0


class Limits:
    """Counts per user. Call `refuse` when a request comes, then `begin` and `end` around the accepted ones."""

    def __init__(self, kind: str, clock: Clock) -> None:
        self.allowance = ALLOWANCES[kind]
        self._on = kind != "off"
        self._clock = clock
        self._usage: dict[str, _Usage] = {}

    def refuse(self, user: str) -> Refusal | None:
        """Why this request is over a limit, or None."""
        if not self._on:
            return None
        usage = self._current(user)
        refusal = self._over(usage)
        usage.refused = usage.refused + 1 if refusal else 0
        return refusal

    def begin(self, user: str) -> None:
        """Note that an accepted request runs."""
        self._usage.setdefault(user, _Usage()).running += 1

    def end(self, user: str, seconds: float) -> None:
        """Note that it ended after this execution time."""
        usage = self._usage[user]
        usage.running -= 1
        if self._on:
            usage.done.append((self._clock.seconds(), seconds))
            usage.seconds += seconds

    def headers(self, user: str) -> dict[str, str]:
        """What every answer tells about the limits."""
        headers = {"x-ms-dop-hint": str(self.allowance.parallel_hint)}
        if self._on:
            usage = self._current(user)
            left = max(0.0, self.allowance.execution_seconds - usage.seconds)
            requests = max(0, self.allowance.requests - len(usage.done))
            headers["x-ms-ratelimit-burst-remaining-xrm-requests"] = str(requests)
            headers["x-ms-ratelimit-time-remaining-xrm-requests"] = f"{left:,.2f}"
        return headers

    def _current(self, user: str) -> _Usage:
        usage = self._usage.setdefault(user, _Usage())
        oldest = self._clock.seconds() - WINDOW_SECONDS
        while usage.done and usage.done[0][0] <= oldest:
            usage.seconds -= usage.done.popleft()[1]
        return usage

    def _over(self, usage: _Usage) -> Refusal | None:
        allowance = self.allowance
        penalty = min(PENALTY_CAP_SECONDS, usage.refused // 10)
        if usage.running >= allowance.concurrent:
            text = f"Number of concurrent requests exceeded the limit of {allowance.concurrent}."
            return Refusal("0x80072326", text, 1 + penalty)
        if len(usage.done) + usage.running >= allowance.requests:
            text = (
                f"Number of requests exceeded the limit of {allowance.requests} "
                f"over time window of {WINDOW_SECONDS} seconds."
            )
            return Refusal("0x80072322", text, self._until(usage, 0.0) + penalty)
        over = usage.seconds - allowance.execution_seconds
        if over >= 0:
            text = (
                "Combined execution time of incoming requests exceeded limit of "
                f"{allowance.execution_seconds * 1000:,} milliseconds over time window of {WINDOW_SECONDS} seconds. "
                "Decrease number of concurrent requests or reduce the duration of requests and try again later."
            )
            return Refusal("0x80072321", text, self._until(usage, over) + penalty)
        return None

    def _until(self, usage: _Usage, seconds_over: float) -> int:
        """Whole seconds until enough has left the window."""
        freed, at = 0.0, self._clock.seconds()
        for ended, seconds in usage.done:
            freed += seconds
            at = ended
            if freed > seconds_over:
                break
        return max(1, math.ceil(at + WINDOW_SECONDS - self._clock.seconds()))

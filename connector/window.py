"""The adaptive window: how many requests one credential has in flight, over all workers together.

It grows by one lane while answers come quickly and is halved when the server throttles (additive increase,
multiplicative decrease). `Retry-After` stops everyone until then; `x-ms-dop-hint` is the ceiling where it is sent.
A client takes a share of lanes for a while, so that most requests need no write to the shared store; a killed worker's
share runs out by itself. All methods are called from the client's own thread, never from its HTTP threads.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Protocol
from uuid import uuid4

from connector.errors import Throttled

FIRST_SIZE = 4.0
DEFAULT_CEILING = 16
# An answer that takes longer than this shows a server that is busy: growing further would not help it.
SLOW_SECONDS = 15.0
ANSWERS_PER_STEP = 10
# Longer than the total limit of a request, so that a share never runs out under one that is on its way.
SHARE_SECONDS = 180.0
RENEW_BEFORE_SECONDS = 130.0
POLL_SECONDS = 0.2
BUSY_RETRY_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one exchange tells the window; `throttled_seconds` is None when the server did not throttle."""

    seconds: float
    throttled_seconds: float | None = None
    hint: int | None = None


@dataclass(frozen=True, slots=True)
class WindowState:
    """What all workers of a credential share. Times are seconds since 1970 on the store's clock."""

    size: float = FIRST_SIZE
    ceiling: int = DEFAULT_CEILING
    not_before: float = 0.0
    shares: dict[str, tuple[int, float]] = field(default_factory=dict)

    def without_expired(self, now: float) -> "WindowState":
        """Return the state without shares that ran out."""
        return replace(self, shares={token: share for token, share in self.shares.items() if share[1] > now})

    def grown(self, hint: int | None) -> "WindowState":
        """Return the state after a run of quick answers: one lane more, up to the ceiling."""
        ceiling = max(1, hint) if hint else self.ceiling
        return replace(self, ceiling=ceiling, size=min(float(ceiling), self.size + 1))

    def shrunk(self, seconds: float, now: float) -> "WindowState":
        """Return the state after throttling: half the lanes, and nobody sends before the server's time.

        Several answers to one burst halve it once: a stop that is already known is only prolonged.
        """
        size = self.size if self.not_before > now else max(1.0, self.size / 2)
        return replace(self, size=size, not_before=max(self.not_before, now + seconds))


class Window(Protocol):
    """What a transport asks before and tells after each exchange."""

    def enter(self, patience_seconds: float) -> None:
        """Take a lane, waiting at most so long. Raises Throttled with the seconds to wait instead."""

    def leave(self, outcome: Outcome) -> None:
        """Give the lane back."""

    def hold(self, seconds: float) -> None:
        """Let every client of the credential wait so long: the server asked for it inside an answer that went well as a whole."""

    def close(self) -> None:
        """Give back everything this client holds."""


class WindowStore(Protocol):
    """Where the shared state lives: compare-and-set, on one clock."""

    def now(self) -> float:
        """Return the store's time, in seconds since 1970."""

    def read(self) -> tuple[WindowState, int]:
        """Return the state and its version."""

    def replace(self, state: WindowState, version: int) -> bool:
        """Store the state if its version is still this one; tell whether it was."""


class MemoryStore:
    """The state of one process: for tests, and for clients without a stored connection."""

    def __init__(self, state: WindowState | None = None, clock: Callable[[], float] = time.time) -> None:
        self.state = state or WindowState()
        self.version = 0
        self.now = clock

    def read(self) -> tuple[WindowState, int]:
        """Return the state and its version."""
        return self.state, self.version

    def replace(self, state: WindowState, version: int) -> bool:
        """Store the state if nobody else did meanwhile."""
        if version != self.version:
            return False
        self.state, self.version = state, version + 1
        return True


class SharedWindow:
    """A client's part in the window of its credential.

    `lanes` is how many the client can use at once. `is_urgent` (a person waits) may take one lane above the size, so
    that a click is not stuck behind a full run.
    """

    def __init__(
        self,
        store: WindowStore,
        *,
        lanes: int = 1,
        is_urgent: bool = False,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self.store = store
        self.lanes = lanes
        self.is_urgent = is_urgent
        self._pause = pause
        self._token = uuid4().hex
        self._share: tuple[int, float] = (0, 0.0)
        self._size_then = 0.0
        self._in_use = 0
        self._quick_answers = 0

    def enter(self, patience_seconds: float) -> None:
        """Take a lane; wait for one, or for the server's *not before*, at most `patience_seconds`."""
        waited = 0.0
        while True:
            state, version = self.store.read()
            now = self.store.now()
            missing = state.not_before - now
            if missing <= 0 and self._has_lane(state, version, now):
                self._in_use += 1
                return
            wait = max(missing, POLL_SECONDS)
            if waited + wait > patience_seconds:
                raise _must_wait(missing)
            self._pause(wait)
            waited += wait

    def leave(self, outcome: Outcome) -> None:
        """Give the lane back and let the window learn from the answer."""
        self._in_use = max(0, self._in_use - 1)
        if outcome.throttled_seconds is not None:
            seconds = outcome.throttled_seconds
            self._change(lambda state, now: state.shrunk(seconds, now))
            self._quick_answers = 0
            return
        self._quick_answers = self._quick_answers + 1 if outcome.seconds < SLOW_SECONDS else 0
        if self._quick_answers >= ANSWERS_PER_STEP:
            self._quick_answers = 0
            self._change(lambda state, now: state.grown(outcome.hint))

    def hold(self, seconds: float) -> None:
        """Let every client of the credential wait so long."""
        self._change(lambda state, now: state.shrunk(seconds, now))

    def close(self) -> None:
        """Give the share back."""
        if self._share[0]:
            self._share = (0, 0.0)
            self._change(self._without_mine)

    def _has_lane(self, state: WindowState, version: int, now: float) -> bool:
        lanes, until = self._share
        # A share taken before the window was halved is measured anew.
        if self._in_use < lanes and until - now > RENEW_BEFORE_SECONDS and state.size >= self._size_then:
            return True
        state = state.without_expired(now)
        others = sum(share[0] for token, share in state.shares.items() if token != self._token)
        free = int(state.size) - others
        granted = min(self.lanes, max(free, 1 if self.is_urgent else 0))
        if granted <= self._in_use:
            self._hand_over(state, version)
            return False
        share = (granted, now + SHARE_SECONDS)
        if not self.store.replace(replace(state, shares=state.shares | {self._token: share}), version):
            return False
        self._share, self._size_then = share, state.size
        return True

    def _hand_over(self, state: WindowState, version: int) -> None:
        # Clients that all wait while each keeps its share would block one another until the shares ran out.
        lanes, until = state.shares.get(self._token, (0, 0.0))
        if lanes > self._in_use:
            kept = {token: share for token, share in state.shares.items() if token != self._token}
            if self._in_use:
                kept[self._token] = (self._in_use, until)
            if self.store.replace(replace(state, shares=kept), version):
                self._share = (self._in_use, until)

    def _without_mine(self, state: WindowState, now: float) -> WindowState:
        kept = {token: share for token, share in state.shares.items() if token != self._token and share[1] > now}
        return replace(state, shares=kept)

    def _change(self, change: Callable[[WindowState, float], WindowState]) -> None:
        # Others change the same row: read again and repeat until ours is the one that fits.
        while True:
            state, version = self.store.read()
            changed = change(state, self.store.now())
            if changed == state or self.store.replace(changed, version):
                return


def _must_wait(missing: float) -> Throttled:
    if missing > 0:
        return Throttled(
            f"The server asked to be left alone for another {missing:.0f} seconds. The work goes on by itself then.",
            retry_after=missing,
            code="not_before",
        )
    return Throttled(
        "All lanes to this server are in use by other work. This work goes on by itself in a moment.",
        retry_after=BUSY_RETRY_SECONDS,
        code="lanes_in_use",
    )


def local_window(*, lanes: int = 1) -> SharedWindow:
    """Return a window of this client alone."""
    return SharedWindow(MemoryStore(), lanes=lanes)

"""The stand-ins' clock: the real time plus an offset that `POST /_sandbox/clock` sets."""

from __future__ import annotations

import time
from datetime import UTC, datetime


class Clock:
    """Tells the time in UTC. Tokens, row times and limit windows all read it."""

    def __init__(self) -> None:
        self.offset_seconds = 0.0

    def seconds(self) -> float:
        """Seconds since 1970, shifted."""
        return time.time() + self.offset_seconds

    def now(self) -> datetime:
        """The time as a UTC datetime."""
        return datetime.fromtimestamp(self.seconds(), UTC)

    def stamp(self) -> str:
        """The time to the second, as both products write it: 2024-01-31T23:59:59Z."""
        return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(self.seconds()))

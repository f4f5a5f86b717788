"""A clock that moves only when somebody waits or the test says so."""


class FakeClock:
    """Seconds since 1970 that stand still; `sleep` moves them on and is remembered in `pauses`."""

    def __init__(self, now: float = 1_000_000.0) -> None:
        self.now = now
        self.pauses: list[float] = []

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        """Wait, without waiting."""
        self.pauses.append(seconds)
        self.now += seconds

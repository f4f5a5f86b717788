"""Speed of a run, from what earlier looks at it saw: the cache keeps two minutes of samples, losing them costs nothing."""

import time
from dataclasses import dataclass

from django.core.cache import cache

from sync.models import SynchRun

KEEP_SECONDS = 120
MINUTE = 60
SHORTEST = 4


@dataclass(frozen=True, slots=True)
class Speed:
    """Records per second of a run and of each of its lines, and how it went over the last two minutes."""

    run: float | None
    lines: dict[int, float]
    history: list[tuple[float, float]]
    is_average: bool


Sample = tuple[float, dict[int, int]]


def speed_of(run: SynchRun, done: dict[int, int]) -> Speed:
    """Note what is done now and return the speed of the last minute; an average since the start until that is known."""
    now = time.time()
    samples = _remember(run, now, done)
    recent = [sample for sample in samples if now - sample[0] <= MINUTE]
    first = recent[0] if recent else None
    if first is None or now - first[0] < SHORTEST:
        return _average(run, now, done)
    seconds = now - first[0]
    lines = {pk: (number - first[1].get(pk, 0)) / seconds for pk, number in done.items()}
    total = sum(max(0.0, rate) for rate in lines.values())
    return Speed(total, lines, _history(samples), is_average=False)


def _remember(run: SynchRun, now: float, done: dict[int, int]) -> list[Sample]:
    key = f"run-samples:{run.pk}"
    samples: list[Sample] = [sample for sample in cache.get(key, []) if now - sample[0] <= KEEP_SECONDS]
    if not samples or now - samples[-1][0] >= 1:
        samples.append((now, dict(done)))
        cache.set(key, samples, KEEP_SECONDS * 2)
    return samples


def _average(run: SynchRun, now: float, done: dict[int, int]) -> Speed:
    if run.started_at is None:
        return Speed(None, {}, [], is_average=True)
    seconds = max(1.0, now - run.started_at.timestamp())
    total = sum(done.values())
    return Speed(total / seconds if total else None, {}, [], is_average=True)


def _history(samples: list[Sample]) -> list[tuple[float, float]]:
    """Return (seconds ago, records per second) between neighbouring samples."""
    now = samples[-1][0]
    points = []
    for (earlier, before), (later, after) in zip(samples, samples[1:], strict=False):
        gained = sum(after.values()) - sum(before.values())
        points.append((now - later, max(0.0, gained / max(0.5, later - earlier))))
    return points

"""A worker is killed at every commit and after every answered write of a small run; its successor completes the run.

Measured against a run that nobody disturbs: both systems hold the very same rows (no twin, no loss, every value and lookup
right), the database the same couplings, the counters the same numbers, and a further run writes nothing. `make test` takes
some of the points, `make test-full` all of them.
"""

import pytest

from tests.sync.crash.bench import Bench, Undisturbed
from tests.sync.crash.lab import Broken

pytestmark = [pytest.mark.embedded, pytest.mark.timeout(400)]
SOME = 4
SHARDS = 4
LIVES = 120


def crash_and_recover(bench: Bench, expected: Undisturbed, point: int, *, thorough: bool) -> str:
    """Kill the worker at a point and let another finish; return what is wrong then, or nothing."""
    bench.anew()
    try:
        killed = bench.workshop.killed_at(point, "full", names=bench.names)
        assert killed, f"there is no event {point}"
        outcome = bench.ask("go_on", names=bench.names)
        if expected.events[point - 1].startswith("PATCH") and outcome["status"] == "finished_with_errors":
            # A change in NAV that was carried out and not stored counts as somebody else's until the next run, and the pair
            # as waiting for longer than that (test_lost_answers.py, "change in NAV").
            outcome = bench.ask("full", names=bench.names)
            bench.compare(expected, outcome, told=False)
        else:
            bench.compare(expected, outcome)
            assert outcome["jobs"] == expected.jobs, "records are counted twice, or not at all"
        if thorough:
            bench.quiet()
    except (AssertionError, Broken) as error:
        return f"Killed after event {point} ({expected.events[point - 1]}): {str(error)[-1500:]}"
    return ""


def every(bench: Bench, points: list[int], expected: Undisturbed, *, thorough_each: int) -> None:
    """Crash at each of these points, and tell of all that went wrong."""
    wrong = [
        text
        for number, point in enumerate(points)
        if (text := crash_and_recover(bench, expected, point, thorough=number % thorough_each == 0))
    ]
    assert not wrong, "\n".join([f"{len(wrong)} of {len(points)} points:", *wrong[:10]])


def some_points(expected: Undisturbed) -> list[int]:
    """Return a few points: spread over the run, and as many right after answered writes."""
    number = len(expected.events)
    spread = {1 + index * (number - 1) // (SOME - 1) for index in range(SOME)}
    writes = [point for point, kind in enumerate(expected.events, 1) if kind != "commit"]
    return sorted(spread | set(writes[:: max(1, len(writes) // SOME)]))


@pytest.mark.parametrize("name", ["people_bench", "goods_bench"])
def test_run_is_completed_after_a_kill_at_some_points(name: str, request: pytest.FixtureRequest) -> None:
    bench: Bench = request.getfixturevalue(name)
    expected = bench.expected
    every(bench, some_points(expected), expected, thorough_each=5)


@pytest.mark.parametrize("name", ["people_bench", "goods_bench"])
def test_run_is_completed_by_workers_that_die_young(name: str, request: pytest.FixtureRequest) -> None:
    bench: Bench = request.getfixturevalue(name)
    expected = bench.expected
    bench.anew()
    lives = 0
    while bench.workshop.killed_at(23, "go_on", names=bench.names):
        lives += 1
        assert lives < LIVES, "the run does not get on"
    bench.compare(expected, bench.ask("go_on", names=bench.names))
    bench.quiet()


@pytest.mark.state_machine
@pytest.mark.timeout(900)
@pytest.mark.parametrize("shard", range(SHARDS))
@pytest.mark.parametrize("name", ["people_bench", "goods_bench"])
def test_run_is_completed_after_a_kill_at_every_point(name: str, shard: int, request: pytest.FixtureRequest) -> None:
    bench: Bench = request.getfixturevalue(name)
    expected = bench.expected
    points = range(1 + shard, len(expected.events) + 1, SHARDS)
    every(bench, list(points), expected, thorough_each=8)

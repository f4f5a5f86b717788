"""The adaptive window: how it grows and shrinks, who waits, whose share runs out."""

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import uuid4

import pytest
import redis
from pytest_django import Settings

from connector.errors import Throttled
from connector.models import AuthKind, Connection, Flavour, Side
from connector.stores import DatabaseStore, RedisStore, state_from_json, state_to_json, window_store
from connector.window import (
    ANSWERS_PER_STEP,
    FIRST_SIZE,
    SHARE_SECONDS,
    SLOW_SECONDS,
    MemoryStore,
    Outcome,
    SharedWindow,
    WindowState,
    WindowStore,
)
from tests.fakes.clock import FakeClock

QUICK = Outcome(0.1)
SLOW = Outcome(SLOW_SECONDS + 1)


@pytest.fixture
def store(clock: FakeClock) -> MemoryStore:
    """The shared state, on the still clock."""
    return MemoryStore(clock=clock)


@pytest.fixture
def client(store: MemoryStore, clock: FakeClock) -> Callable[..., SharedWindow]:
    """Return a maker of clients that share the state."""
    return lambda **options: SharedWindow(store, pause=clock.sleep, **options)


def answers(window: SharedWindow, count: int, outcome: Outcome = QUICK) -> None:
    """Let a client exchange so often."""
    for _ in range(count):
        window.enter(30)
        window.leave(outcome)


class TestGrowth:
    def test_adds_one_lane_after_a_run_of_quick_answers(
        self, store: MemoryStore, client: Callable[..., SharedWindow]
    ) -> None:
        answers(client(), ANSWERS_PER_STEP - 1)
        nearly = store.state.size
        window = client()
        answers(window, ANSWERS_PER_STEP)

        assert (nearly, store.state.size) == (FIRST_SIZE, FIRST_SIZE + 1)

    def test_begins_anew_after_a_slow_answer(self, store: MemoryStore, client: Callable[..., SharedWindow]) -> None:
        window = client()

        answers(window, ANSWERS_PER_STEP - 1)
        answers(window, 1, SLOW)
        answers(window, ANSWERS_PER_STEP - 1)

        assert store.state.size == FIRST_SIZE

    def test_ends_at_the_servers_hint(self, store: MemoryStore, client: Callable[..., SharedWindow]) -> None:
        answers(client(), 20 * ANSWERS_PER_STEP, Outcome(0.1, hint=6))

        assert (store.state.size, store.state.ceiling) == (6.0, 6)

    def test_comes_down_to_a_hint_below_the_size(self, store: MemoryStore, client: Callable[..., SharedWindow]) -> None:
        answers(client(), ANSWERS_PER_STEP, Outcome(0.1, hint=2))

        assert store.state.size == 2.0

    @pytest.mark.parametrize("hint", [None, 0], ids=["none", "zero"])
    def test_ends_at_the_ceiling_without_a_hint(
        self, store: MemoryStore, client: Callable[..., SharedWindow], hint: int | None
    ) -> None:
        answers(client(), 30 * ANSWERS_PER_STEP, Outcome(0.1, hint=hint))

        assert store.state.size == store.state.ceiling == 16


class TestThrottling:
    def test_halves_once_for_a_burst(
        self, store: MemoryStore, client: Callable[..., SharedWindow], clock: FakeClock
    ) -> None:
        one, other = client(), client()
        one.enter(30)
        other.enter(30)

        one.leave(Outcome(0.1, throttled_seconds=5.0))
        other.leave(Outcome(0.1, throttled_seconds=9.0))

        assert store.state.size == FIRST_SIZE / 2
        assert store.state.not_before == clock.now + 9

    def test_never_shortens_a_stop(
        self, store: MemoryStore, client: Callable[..., SharedWindow], clock: FakeClock
    ) -> None:
        window = client()
        window.leave(Outcome(0.1, throttled_seconds=9.0))
        window.leave(Outcome(0.1, throttled_seconds=1.0))

        assert store.state.not_before == clock.now + 9

    def test_halves_again_for_the_next_burst_and_keeps_one_lane(
        self, store: MemoryStore, client: Callable[..., SharedWindow]
    ) -> None:
        window = client()
        for _ in range(5):
            answers(window, 1, Outcome(0.1, throttled_seconds=5.0))

        assert store.state.size == 1.0

    def test_stops_everyone_until_the_servers_time(self, client: Callable[..., SharedWindow], clock: FakeClock) -> None:
        until = clock.now + 20
        client().leave(Outcome(0.1, throttled_seconds=20.0))

        client(is_urgent=True).enter(30)

        assert clock.now >= until

    def test_tells_how_long_when_patience_does_not_last(
        self, client: Callable[..., SharedWindow], clock: FakeClock
    ) -> None:
        client().leave(Outcome(0.1, throttled_seconds=90.0))

        with pytest.raises(Throttled, match="another 90 seconds") as caught:
            client().enter(30)

        assert (caught.value.retry_after, caught.value.code) == (90.0, "not_before")
        assert clock.pauses == []


class TestShares:
    def test_never_exceed_the_size(self, store: MemoryStore, client: Callable[..., SharedWindow]) -> None:
        entered = 0
        for _ in range(7):
            try:
                client().enter(0)
                entered += 1
            except Throttled as error:
                assert error.code == "lanes_in_use"

        assert entered == FIRST_SIZE

    def test_run_out_when_their_worker_is_killed(self, client: Callable[..., SharedWindow], clock: FakeClock) -> None:
        for _ in range(4):
            client().enter(0)
        clock.now += SHARE_SECONDS + 1

        client().enter(0)

    def test_are_given_back_at_close(self, store: MemoryStore, client: Callable[..., SharedWindow]) -> None:
        full = [client() for _ in range(4)]
        for window in full:
            window.enter(0)

        full[0].close()
        client().enter(0)

        assert len(store.state.shares) == 4

    def test_cost_one_write_for_many_requests(self, store: MemoryStore, client: Callable[..., SharedWindow]) -> None:
        answers(client(), ANSWERS_PER_STEP - 1)

        assert store.version == 1

    def test_are_renewed_before_they_run_out(
        self, store: MemoryStore, client: Callable[..., SharedWindow], clock: FakeClock
    ) -> None:
        window = client()
        answers(window, 1)
        clock.now += 60

        answers(window, 1)

        ((_lanes, until),) = store.state.shares.values()
        assert until == clock.now + SHARE_SECONDS

    def test_keep_a_client_to_its_own_lanes(self, client: Callable[..., SharedWindow]) -> None:
        window = client(lanes=2)
        window.enter(0)
        window.enter(0)

        with pytest.raises(Throttled):
            window.enter(0)

    def test_shrink_with_the_window(self, client: Callable[..., SharedWindow], clock: FakeClock) -> None:
        window = client(lanes=4)
        answers(window, 1)
        window.leave(Outcome(0.1, throttled_seconds=5.0))
        clock.now += 6

        window.enter(0)
        window.enter(0)

        with pytest.raises(Throttled):
            window.enter(0)

    def test_pass_to_others_when_a_halved_window_has_none_for_all(
        self, client: Callable[..., SharedWindow], clock: FakeClock
    ) -> None:
        windows = [client() for _ in range(4)]
        for window in windows:
            answers(window, 1)
        windows[0].leave(Outcome(0.1, throttled_seconds=5.0))
        clock.now += 6

        entered = 0
        for window in windows:
            try:
                window.enter(0)
                entered += 1
            except Throttled:
                continue

        assert entered == 2


class TestUrgentLane:
    def test_is_one_above_the_size(self, client: Callable[..., SharedWindow]) -> None:
        for _ in range(4):
            client().enter(0)
        click = client(is_urgent=True)

        click.enter(0)

        with pytest.raises(Throttled):
            click.enter(0)

    def test_takes_no_lane_from_those_who_have_one(self, client: Callable[..., SharedWindow]) -> None:
        workers = [client() for _ in range(4)]
        for window in workers:
            answers(window, 1)
        client(is_urgent=True).enter(0)

        for window in workers:
            window.enter(0)


class TestContention:
    def test_repeats_a_change_that_another_overtook(self, clock: FakeClock) -> None:
        class Overtaken(MemoryStore):
            refusals = 2

            def replace(self, state: WindowState, version: int) -> bool:
                if self.refusals:
                    self.refusals -= 1
                    self.version += 1
                    return False
                return super().replace(state, version)

        store = Overtaken(clock=clock)

        SharedWindow(store, pause=clock.sleep).leave(Outcome(0.1, throttled_seconds=5.0))

        assert store.state.size == FIRST_SIZE / 2

    def test_tries_for_a_lane_again(self, clock: FakeClock) -> None:
        class Once(MemoryStore):
            refused = False

            def replace(self, state: WindowState, version: int) -> bool:
                if not self.refused:
                    self.refused = True
                    return False
                return super().replace(state, version)

        store = Once(clock=clock)

        SharedWindow(store, pause=clock.sleep).enter(30)

        assert len(store.state.shares) == 1
        assert len(clock.pauses) == 1


STATE = WindowState(size=3.5, ceiling=12, not_before=1_000_017.25, shares={"a": (2, 1_000_100.5)})


class TestState:
    def test_survives_its_json(self) -> None:
        assert state_from_json(state_to_json(STATE)) == STATE

    def test_is_fresh_where_nothing_is_stored(self) -> None:
        assert state_from_json({}) == WindowState()


def compare_and_set(store: WindowStore, again: WindowStore) -> None:
    """Play two workers on one stored state: the one that read first but writes last is refused."""
    fresh, version = store.read()
    assert fresh == WindowState()

    assert again.replace(STATE, version)
    assert not store.replace(WindowState(), version)

    assert store.read() == (STATE, version + 1)


@pytest.fixture
def connection(db: None) -> Connection:
    """A stored connection."""
    return Connection.objects.create(
        side=Side.CRM,
        name="Sales",
        flavour=Flavour.SALES,
        address="https://sales.example",
        auth_kind=AuthKind.CLIENT_SECRET,
    )


class TestDatabaseStore:
    def test_refuses_a_state_that_was_read_too_early(self, connection: Connection) -> None:
        compare_and_set(DatabaseStore(connection.pk), DatabaseStore(connection.pk))

    def test_tells_the_databases_time(self, connection: Connection) -> None:
        assert DatabaseStore(connection.pk).now() > 1_700_000_000

    def test_is_chosen_without_redis(self, connection: Connection, settings: Settings) -> None:
        settings.REDIS_URL = ""

        assert isinstance(window_store(connection), DatabaseStore)

    def test_serves_a_window(self, connection: Connection) -> None:
        window = SharedWindow(DatabaseStore(connection.pk))
        answers(window, 1)
        connection.refresh_from_db()
        held = connection.window["shares"]

        window.close()

        connection.refresh_from_db()
        assert len(held) == 1
        assert connection.window["shares"] == {}


@pytest.fixture(scope="module")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A Redis of this test's own, or the one that REDIS_URL names."""
    if os.environ.get("REDIS_URL"):
        yield os.environ["REDIS_URL"]
        return
    program = shutil.which("redis-server")
    if program is None:
        pytest.skip("no Redis is installed")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    folder: Path = tmp_path_factory.mktemp("redis")
    command = [
        program,
        "--port",
        str(port),
        "--bind",
        "127.0.0.1",
        "--save",
        "",
        "--appendonly",
        "no",
        "--dir",
        str(folder),
    ]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        try:
            yield _ready(f"redis://127.0.0.1:{port}/0", process)
        finally:
            process.terminate()


def _ready(url: str, process: subprocess.Popen[bytes]) -> str:
    with redis.Redis.from_url(url) as client:
        deadline = time.monotonic() + 10
        while process.poll() is None and time.monotonic() < deadline:
            try:
                client.ping()
                return url
            except redis.ConnectionError:
                time.sleep(0.05)
    pytest.fail("Redis did not start")


@pytest.mark.scaled
class TestRedisStore:
    def test_refuses_a_state_that_was_read_too_early(self, redis_url: str) -> None:
        number = uuid4().int

        compare_and_set(RedisStore(number, redis_url), RedisStore(number, redis_url))

    def test_tells_redis_time(self, redis_url: str) -> None:
        assert RedisStore(1, redis_url).now() > 1_700_000_000

    def test_serves_a_window(self, redis_url: str) -> None:
        store = RedisStore(uuid4().int, redis_url)
        window = SharedWindow(store)

        answers(window, 1)
        held = store.read()[0].shares
        window.close()

        assert len(held) == 1
        assert store.read()[0].shares == {}

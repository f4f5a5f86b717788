"""Service protection: requests, execution time and concurrency of a user in five minutes; time is modelled honestly."""

from __future__ import annotations

import asyncio
import time as clock_module
from typing import Any

import pytest

from sandbox.common.clock import Clock
from sandbox.common.gateway import Gateway
from sandbox.common.limits import ALLOWANCES, Limits
from tests.sandbox.asgi import Reply, ask

REAL_SLEEP = asyncio.sleep


class StillClock(Clock):
    """Moves only when told to."""

    def seconds(self) -> float:
        return 1_700_000_000.0 + self.offset_seconds


class Time:
    """A clock that sleeping moves; `gate` holds sleepers back until it is opened."""

    def __init__(self) -> None:
        self.now = 0.0
        self.slept: list[float] = []
        self.gate: asyncio.Event | None = None

    def perf_counter(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        if self.gate is not None:
            await self.gate.wait()
        self.now += seconds


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> Time:
    held = Time()
    monkeypatch.setattr(asyncio, "sleep", held.sleep)
    monkeypatch.setattr(clock_module, "perf_counter", held.perf_counter)
    return held


def serve(crm: Any, limits: str = "tenth", **more: float) -> Gateway:
    return Gateway(crm.app, Limits(limits, crm.app.clock), **more)


def get(gateway: Gateway, crm: Any, path: str = "WhoAmI") -> Reply:
    return asyncio.run(ask(gateway, "GET", path, headers={"authorization": f"Bearer {crm.token}"}))


def post(gateway: Gateway, crm: Any, path: str, body: Any) -> Reply:
    return asyncio.run(ask(gateway, "POST", path, body, {"authorization": f"Bearer {crm.token}"}))


def used_up(crm: Any, limits: Limits, requests: int = 0, seconds: float = 0.0) -> None:
    """Let the user of this client have made requests that took this long in all."""
    user = crm.get("WhoAmI").json["UserId"]
    for _ in range(requests or 1):
        limits.begin(user)
        limits.end(user, seconds / (requests or 1))


@pytest.mark.parametrize(
    ("requests", "seconds", "code", "message"),
    [
        (6000, 0, "0x80072322", "Number of requests exceeded the limit of 6000 over time window of 300 seconds."),
        (
            1,
            1200,
            "0x80072321",
            "Combined execution time of incoming requests exceeded limit of 1,200,000 milliseconds over time window of "
            "300 seconds. Decrease number of concurrent requests or reduce the duration of requests and try again later.",
        ),
    ],
    ids=["requests", "time"],
)
def test_what_is_over_a_limit_is_refused(crm: Any, requests: int, seconds: float, code: str, message: str) -> None:
    limits = Limits("real", crm.app.clock)
    gateway = Gateway(crm.app, limits)
    used_up(crm, limits, requests - 1, 0)
    assert get(gateway, crm).status == 200
    used_up(crm, limits, 1, seconds)

    reply = get(gateway, crm)

    assert (reply.status, reply.code, reply.message) == (429, code, message)
    assert set(reply.json["error"]) == {"code", "message"}
    assert 1 <= int(reply.headers["retry-after"]) <= 300
    assert int(reply.headers["x-ms-dop-hint"]) > 0
    crm.app.clock.offset_seconds = 301
    assert get(gateway, crm).status == 200


@pytest.mark.parametrize(("limits", "number"), [("real", 52), ("tenth", 5)])
def test_too_many_at_once_are_refused(crm: Any, time: Time, limits: str, number: int) -> None:
    gateway = serve(crm, limits, row_ms=1)
    headers = {"authorization": f"Bearer {crm.token}"}

    async def crowd() -> tuple[Reply, list[Reply], Reply]:
        time.gate = asyncio.Event()
        running = [asyncio.create_task(ask(gateway, "POST", "accounts", {"name": "A"}, headers)) for _ in range(number)]
        while len(time.slept) < number:
            await REAL_SLEEP(0)
        refused = await ask(gateway, "GET", "WhoAmI", headers=headers)
        time.gate.set()
        done = [await each for each in running]
        return refused, done, await ask(gateway, "GET", "WhoAmI", headers=headers)

    refused, done, after = asyncio.run(crowd())

    assert (refused.status, refused.code) == (429, "0x80072326")
    assert refused.message == f"Number of concurrent requests exceeded the limit of {number}."
    assert "retry-after" in refused.headers
    assert {reply.status for reply in done} == {204}
    assert after.status == 200


def test_the_numbers_are_those_of_the_service() -> None:
    real, tenth = ALLOWANCES["real"], ALLOWANCES["tenth"]

    assert (real.requests, real.execution_seconds, real.concurrent) == (6000, 1200, 52)
    assert (tenth.requests, tenth.execution_seconds, tenth.concurrent) == (600, 120, 5)


def test_a_refused_request_is_not_processed(crm: Any) -> None:
    limits = Limits("tenth", crm.app.clock)
    used_up(crm, limits, 600)

    reply = post(Gateway(crm.app, limits), crm, "accounts", {"name": "A"})

    assert reply.status == 429
    assert crm.get("accounts").value == []
    assert crm.app.stats.throttled == 1


def test_limits_are_per_user(crm: Any, sign_in_as: Any) -> None:
    limits = Limits("tenth", crm.app.clock)
    used_up(crm, limits, 600)
    gateway = Gateway(crm.app, limits)

    assert get(gateway, crm).status == 429
    assert get(gateway, sign_in_as("admin")).status == 200


def test_those_who_do_not_wait_wait_longer() -> None:
    clock = StillClock()
    limits = Limits("tenth", clock)
    for _ in range(600):
        limits.begin("u")
        limits.end("u", 0.0)
    waits = []
    for _ in range(400):
        refusal = limits.refuse("u")
        assert refusal is not None
        waits.append(refusal.retry_after)

    assert waits[0] == 300
    assert waits[20] == 302
    assert waits == sorted(waits)
    assert max(waits) == 330
    clock.offset_seconds = 300
    assert limits.refuse("u") is None


def test_answers_tell_what_is_left(crm: Any, time: Time) -> None:
    gateway = serve(crm, row_ms=500)

    post(gateway, crm, "accounts", {"name": "A"})
    second = get(gateway, crm)
    refused = get(gateway, crm, "nothing")

    assert second.headers["x-ms-ratelimit-burst-remaining-xrm-requests"] == "598"
    assert second.headers["x-ms-ratelimit-time-remaining-xrm-requests"] == "119.50"
    assert second.headers["x-ms-dop-hint"] == refused.headers["x-ms-dop-hint"] == "2"


def test_without_limits_the_hint_is_there_and_nothing_is_refused(crm: Any) -> None:
    limits = Limits("off", crm.app.clock)
    used_up(crm, limits, 7000, 5000)

    reply = get(Gateway(crm.app, limits), crm)

    assert reply.status == 200
    assert int(reply.headers["x-ms-dop-hint"]) > 0
    assert "x-ms-ratelimit-burst-remaining-xrm-requests" not in reply.headers


def test_a_row_costs_server_time_that_counts_and_latency_does_not(crm: Any, time: Time) -> None:
    gateway = serve(crm, latency_ms=4000, row_ms=1000)
    targets = [{"@odata.type": "Microsoft.Dynamics.CRM.account", "name": str(each)} for each in range(119)]

    reply = post(gateway, crm, "accounts/Microsoft.Dynamics.CRM.CreateMultiple", {"Targets": targets})
    left = get(gateway, crm).headers["x-ms-ratelimit-time-remaining-xrm-requests"]
    post(gateway, crm, "accounts", {"name": "last"})
    refused = get(gateway, crm)

    assert reply.status == 200
    assert time.slept[:3] == [2.0, 119.0, 2.0]
    assert left == "1.00"
    assert (refused.status, refused.code) == (429, "0x80072321")


def test_a_batch_is_one_request_with_the_time_of_its_rows(crm: Any, time: Time) -> None:
    gateway = serve(crm, row_ms=1000)
    part = (
        "--b\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\r\n"
        'POST /api/data/v9.2/accounts HTTP/1.1\r\nContent-Type: application/json\r\n\r\n{"name":"A"}\r\n'
    )
    headers = {"authorization": f"Bearer {crm.token}", "content-type": "multipart/mixed; boundary=b"}

    asyncio.run(ask(gateway, "POST", "$batch", (part * 3 + "--b--\r\n").encode(), headers))
    after = get(gateway, crm)

    assert after.headers["x-ms-ratelimit-burst-remaining-xrm-requests"] == "598"
    assert after.headers["x-ms-ratelimit-time-remaining-xrm-requests"] == "117.00"


def test_concurrent_requests_overlap(crm: Any, time: Time) -> None:
    gateway = serve(crm, "off", row_ms=1000, latency_ms=100)
    headers = {"authorization": f"Bearer {crm.token}"}

    async def pair() -> int:
        time.gate = asyncio.Event()
        both = [asyncio.create_task(ask(gateway, "POST", "accounts", {"name": "A"}, headers)) for _ in range(2)]
        while len(time.slept) < 2:
            await REAL_SLEEP(0)
        under_way = len(time.slept)
        time.gate.set()
        await asyncio.gather(*both)
        return under_way

    assert asyncio.run(pair()) == 2


def test_who_is_not_signed_in_is_not_counted(crm: Any) -> None:
    gateway = serve(crm)

    reply = asyncio.run(ask(gateway, "GET", "WhoAmI"))

    assert reply.status == 401
    assert get(gateway, crm).headers["x-ms-ratelimit-burst-remaining-xrm-requests"] == "599"

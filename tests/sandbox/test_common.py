"""Faults, limits, statistics and control without a network."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from sandbox.common.clock import Clock
from sandbox.common.control import Control
from sandbox.common.faults import FaultBook
from sandbox.common.limits import Limits
from sandbox.common.options import parse
from sandbox.common.process import Kernel
from sandbox.common.stats import path_template
from sandbox.common.wire import Request, split_path
from sandbox.dataverse.app import DataverseApp


def fires(rule: dict[str, Any], times: int) -> list[bool]:
    book = FaultBook(seed=3)
    book.load([{"do": {"status": 500}, **rule}])
    return [bool(book.effects("GET", "/accounts?$top=1").acts) for _ in range(times)]


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ({}, [True, True, True]),
        ({"times": 2}, [True, True, False]),
        ({"nth": 2}, [False, True, False]),
        ({"nth": 2, "times": 2}, [False, True, True]),
        ({"verb": "POST"}, [False, False, False]),
        ({"path": r"accounts\?\$top=1$"}, [True, True, True]),
        ({"path": "contacts"}, [False, False, False]),
    ],
    ids=str,
)
def test_rules_choose_their_occasions(rule: dict[str, Any], expected: list[bool]) -> None:
    assert fires(rule, 3) == expected


def test_a_share_is_seeded_and_about_right() -> None:
    first = fires({"share": 0.3}, 1000)

    assert first == fires({"share": 0.3}, 1000)
    assert 250 < sum(first) < 350


@pytest.mark.parametrize(
    "rules",
    [
        {},
        [{}],
        [{"do": {}}],
        [{"do": {"explode": True}}],
        [{"do": {"empty": True}, "when": 1}],
        [{"nth": 1, "share": 0.1, "do": {"empty": True}}],
    ],
    ids=str,
)
def test_a_rule_that_is_not_understood_is_refused(rules: Any) -> None:
    with pytest.raises(ValueError, match="fault rule"):
        FaultBook().load(rules)


def test_only_some_faults_reach_the_parts_of_a_batch() -> None:
    book = FaultBook()
    book.load([{"id": "a", "do": {"delay": 1}}, {"id": "b", "do": {"status": 429}}])

    assert book.effects("PATCH", "/x", part=True).acts == {"status": 429}
    assert book.report() == [{"id": "a", "fired": 0}, {"id": "b", "fired": 1}]


def test_the_request_limit_slides_with_the_clock() -> None:
    clock = Clock()
    limits = Limits("tenth", clock)
    for _ in range(600):
        assert limits.refuse("u") is None
        limits.begin("u")
        limits.end("u", 0.001)

    refusal = limits.refuse("u")

    assert refusal is not None
    assert refusal.code == "0x80072322"
    assert 290 <= refusal.retry_after <= 300
    assert limits.refuse("other") is None
    clock.offset_seconds = 301
    assert limits.refuse("u") is None


def test_execution_time_and_concurrency_are_limited() -> None:
    limits = Limits("tenth", Clock())
    for _ in range(5):
        limits.begin("u")
    over = limits.refuse("u")
    limits.end("u", 121)
    long = limits.refuse("u")

    assert over is not None
    assert over.code == "0x80072326"
    assert long is not None
    assert long.code == "0x80072321"
    assert limits.headers("u")["x-ms-ratelimit-time-remaining-xrm-requests"] == "0.00"


def test_path_templates_and_segments() -> None:
    key = "11111111-2222-3333-4444-555555555555"

    assert path_template(f"/accounts({key})/name") == "/accounts({key})/name"
    assert path_template(f"/companies({key})/customers") == "/companies({key})/customers"
    assert path_template(f"/companies/{key}/customers") == "/companies/{key}/customers"
    assert path_template("/Company('CRONUS')/Items(No='a)/(''b')") == "/Company({key})/Items({key})"
    assert split_path("/a(x='1%2F2')/b%20c//d('/')") == ["a(x='1/2')", "b c", "d('/')"]


def test_control_calls_work_and_only_from_this_machine() -> None:
    app = DataverseApp(Kernel(parse("test", [])))
    control = Control(app)

    def call(verb: str, path: str, body: Any = None, client: str = "127.0.0.1") -> tuple[int, Any]:
        path, _, query = path.partition("?")
        raw = b"" if body is None else orjson.dumps(body)
        answer = control.handle(Request(verb, f"/_sandbox/{path}", query, {}, raw, client))
        return answer.status, orjson.loads(answer.body)

    app.stats.count_request("GET", "/x")
    assert call("GET", "stats")[1]["requests"] == [{"verb": "GET", "path": "/x", "count": 1}]
    assert call("POST", "reset") == (200, {"reset": "statistics"})
    assert call("GET", "stats")[1]["requests"] == []
    assert call("POST", "reset", {"data": True}) == (200, {"reset": "data"})
    assert call("POST", "faults", [{"id": "x", "do": {"empty": True}}]) == (200, {"rules": 1})
    assert call("POST", "faults", [{"do": {}}])[0] == 400
    assert call("POST", "clock", {"offset_seconds": 60})[0] == 200
    assert call("POST", "as", {"user": "Nobody"})[0] == 400
    assert call("POST", "as", {"user": None})[0] == 200
    status, page = call("GET", "table/systemuser?$skip=1&$top=1")
    assert (status, page["name"], page["count"], len(page["rows"])) == (200, "systemuser", 5, 1)
    assert call("GET", "table/nothing")[0] == 404
    assert call("POST", "nothing")[0] == 404
    assert call("GET", "stats", client="10.0.0.1")[0] == 403

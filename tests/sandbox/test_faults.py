"""Every kind of fault fires, does what it says, and is counted when it did and only then."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import pytest

from sandbox.common import options
from sandbox.common.faults import BEFORE, BODY, CUTS, INSIDE, NEXT_LINK
from sandbox.common.gateway import Gateway
from sandbox.common.limits import Limits
from sandbox.common.process import Kernel
from sandbox.dataverse import seed
from sandbox.dataverse.app import DataverseApp
from tests.sandbox.asgi import HOST, Reply, ask


class Site:
    """A stand-in behind its gateway, and a signed-in client."""

    def __init__(self) -> None:
        self.app = DataverseApp(Kernel(options.parse("test", [])))
        self.limits = Limits("tenth", self.app.clock)
        self.gateway = Gateway(self.app, self.limits)
        fields = {
            "grant_type": "client_credentials",
            "client_id": self.app.ids.client_id,
            "client_secret": seed.CLIENT_SECRET,
            "scope": f"https://{HOST}/.default",
        }
        path = f"/{self.app.ids.tenant}/oauth2/v2.0/token"
        self.token = self.ask("POST", path, urlencode(fields).encode()).json["access_token"]

    def ask(self, verb: str, path: str, body: Any = None, **headers: str) -> Reply:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        if hasattr(self, "token"):
            named.setdefault("authorization", f"Bearer {self.token}")
        return asyncio.run(ask(self.gateway, verb, path, body, named))

    def set(self, do: dict[str, Any], **more: Any) -> None:
        """Load one rule through the control call."""
        rule = {"id": "f", "path": "accounts", "do": do, **more}
        assert self.ask("POST", "/_sandbox/faults", [rule]).json == {"rules": 1}

    @property
    def fired(self) -> int:
        return int(self.ask("GET", "/_sandbox/stats").json["faults"][0]["fired"])

    def names(self) -> list[str]:
        self.app.faults.load([])
        return [row["name"] for row in self.ask("GET", "accounts?$select=name").json["value"]]


@pytest.fixture
def site() -> Site:
    return Site()


def status(site: Site) -> None:
    site.set({"status": 503, "headers": {"Retry-After": "7"}, "code": "0x80044150", "message": "Busy."})

    reply = site.ask("POST", "accounts", {"name": "A"})

    assert (reply.status, reply.code, reply.message, reply.headers["retry-after"]) == (503, "0x80044150", "Busy.", "7")
    assert site.fired == 1
    assert site.names() == []


def delay(site: Site) -> None:
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(asyncio, "sleep", sleep)
        site.set({"delay": 2.5})
        assert site.ask("GET", "accounts").status == 200

    assert slept == [2.5]
    assert site.fired == 1


def html(site: Site) -> None:
    site.set({"html": True})

    reply = site.ask("POST", "accounts", {"name": "A"})

    assert (reply.status, reply.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert reply.body.startswith(b"<!DOCTYPE html>")
    assert site.fired == 1
    assert site.names() == []


def expire_tokens(site: Site) -> None:
    site.set({"expire_tokens": True}, times=1)

    assert site.ask("GET", "accounts").status == 401
    assert site.ask("GET", "contacts").status == 401
    assert site.fired == 1


def trickle(site: Site) -> None:
    pauses: list[float] = []

    async def sleep(seconds: float) -> None:
        pauses.append(seconds)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(asyncio, "sleep", sleep)
        site.set({"trickle": 100})
        reply = site.ask("GET", "accounts")

    assert reply.json["value"] == []
    assert len(pauses) > 5
    assert sum(pauses) == pytest.approx(len(reply.body) / 100, abs=0.1)
    assert site.fired == 1


def cut_after(site: Site) -> None:
    site.set({"cut_after": 20})

    reply = site.ask("POST", "accounts", {"name": "A"}, prefer="return=representation")

    assert reply.broke
    assert len(reply.body) == 20
    assert int(reply.headers["content-length"]) > 20
    assert site.fired == 1
    assert site.names() == ["A"]


def done_then_cut(site: Site) -> None:
    site.set({"done_then_cut": True})

    reply = site.ask("POST", "accounts", {"name": "A"})

    assert (reply.status, reply.broke) == (0, True)
    assert site.fired == 1
    assert site.names() == ["A"]


def json_cut(site: Site) -> None:
    site.set({"json_cut": 30})

    reply = site.ask("GET", "accounts")

    assert len(reply.body) == 30
    assert reply.headers["content-length"] == "30"
    assert site.fired == 1


def charset(site: Site) -> None:
    site.set({"charset": "utf-16"})

    reply = site.ask("GET", "accounts")

    assert reply.headers["content-type"].endswith("; charset=utf-16")
    assert reply.body.decode("utf-16").startswith('{"@odata.context"')
    assert site.fired == 1


def empty(site: Site) -> None:
    site.set({"empty": True})

    reply = site.ask("GET", "accounts")

    assert (reply.status, reply.body) == (200, b"")
    assert site.fired == 1


def _three(site: Site) -> dict[str, str]:
    for name in "ABC":
        site.ask("POST", "accounts", {"name": name})
    return {"prefer": "odata.maxpagesize=2"}


def next_link_host(site: Site) -> None:
    paged = _three(site)
    site.set({"next_link_host": "evil.example"})

    reply = site.ask("GET", "accounts", **paged)

    assert reply.json["@odata.nextLink"].startswith("https://evil.example/api/data/v9.2/accounts")
    assert site.ask("GET", "accounts").status == 200
    assert site.fired == 1


def next_link_repeat(site: Site) -> None:
    paged = _three(site)
    site.set({"next_link_repeat": True})

    reply = site.ask("GET", "accounts?$select=name", **paged)

    assert reply.json["@odata.nextLink"] == f"https://{HOST}/api/data/v9.2/accounts?$select=name"
    assert site.fired == 1


def revoke(site: Site) -> None:
    site.set({"revoke": "prvCreateAccount"}, times=1)

    assert site.ask("GET", "accounts").status == 200
    refused = site.ask("POST", "accounts", {"name": "A"})

    assert (refused.status, refused.code) == (403, "0x80040220")
    assert "prvCreateAccount" in refused.message
    assert site.ask("POST", "accounts", {"name": "B"}).status == 204
    assert site.fired == 1


def stale_delta(site: Site) -> None:
    first = site.ask("GET", "accounts?$select=name", prefer="odata.track-changes")
    link = first.json["@odata.deltaLink"].removeprefix(f"https://{HOST}")
    site.set({"stale_delta": True}, times=1)

    assert site.ask("GET", "accounts").status == 200
    assert site.ask("GET", link).code == "0x80044352"
    assert site.ask("GET", link).status == 200
    assert site.fired == 1


def drop_column(site: Site) -> None:
    site.set({"drop_column": "account.sic"}, path=None)

    assert site.ask("GET", "accounts?$select=sic").code == "0x80060888"
    assert site.ask("POST", "accounts", {"name": "A", "sic": "1"}).code == "0x80048d19"
    listed = site.ask("GET", "EntityDefinitions(LogicalName='account')/Attributes?$select=LogicalName").json["value"]
    assert "sic" not in {row["LogicalName"] for row in listed}
    assert site.fired == 3
    site.app.faults.load([])
    assert site.ask("GET", "accounts?$select=sic").status == 200


def reject_row(site: Site) -> None:
    site.set({"reject_row": "name=Bad"})

    refused = site.ask("POST", "accounts", {"name": "Bad"})

    assert (refused.status, refused.code) == (400, "0x80040265")
    assert site.ask("POST", "accounts", {"name": "Good"}).status == 204
    assert site.fired == 1
    assert site.names() == ["Good"]


def rewrite(site: Site) -> None:
    site.set({"rewrite": {"name": "UPPER", "fax": "1"}})

    site.ask("POST", "accounts", {"name": "a", "fax": "2"})
    site.ask("POST", "accounts", {"sic": "1"})

    assert site.fired == 1
    site.app.faults.load([])
    row = site.ask("GET", "accounts?$select=name,fax&$filter=name eq 'A'").json["value"][0]
    assert (row["name"], row["fax"]) == ("A", "1")


KINDS: tuple[Callable[[Site], None], ...] = (
    status,
    delay,
    html,
    expire_tokens,
    trickle,
    cut_after,
    done_then_cut,
    json_cut,
    charset,
    empty,
    next_link_host,
    next_link_repeat,
    revoke,
    stale_delta,
    drop_column,
    reject_row,
    rewrite,
)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_a_fault_does_what_it_says_and_is_counted(site: Site, kind: Callable[[Site], None]) -> None:
    kind(site)


def test_no_kind_is_without_a_test() -> None:
    assert {kind.__name__ for kind in KINDS} == BEFORE | CUTS | BODY | NEXT_LINK | INSIDE


@pytest.mark.parametrize(
    "do", [{"json_cut": 100_000}, {"charset": "utf-16"}, {"empty": True}, {"trickle": 1}], ids=lambda do: next(iter(do))
)
def test_a_fault_that_could_not_change_the_answer_has_not_fired(site: Site, do: dict[str, Any]) -> None:
    site.set(do)

    reply = site.ask("POST", "accounts", {"name": "A"})

    assert (reply.status, reply.body) == (204, b"")
    assert site.fired == 0


def test_a_fault_comes_before_the_limits(site: Site) -> None:
    user = site.ask("GET", "WhoAmI").json["UserId"]
    for _ in range(600):
        site.limits.begin(user)
        site.limits.end(user, 0.0)
    site.set({"status": 500}, times=1)

    assert site.ask("GET", "accounts").status == 500
    assert site.ask("GET", "accounts").status == 429
    assert site.fired == 1


def test_a_part_of_a_batch_fails_with_the_headers_of_the_rule(site: Site) -> None:
    site.set(
        {"status": 429, "headers": {"Retry-After": "9"}, "code": "0x80072322", "message": "Slow."}, path=r"accounts$"
    )
    body = (
        b"--b\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\r\n"
        b"GET /api/data/v9.2/accounts HTTP/1.1\r\n\r\n\r\n--b--\r\n"
    )

    reply = site.ask("POST", "$batch", body, content_type="multipart/mixed; boundary=b")

    assert b"HTTP/1.1 429" in reply.body
    assert b"0x80072322" in reply.body
    assert b"retry-after: 9" in reply.body.lower()
    assert site.fired == 1


def test_rules_are_replaced_and_cleared_by_the_control_call(site: Site) -> None:
    site.set({"status": 500})
    assert site.ask("GET", "accounts").status == 500

    assert site.ask("POST", "/_sandbox/faults", []).json == {"rules": 0}
    assert site.ask("GET", "accounts").status == 200
    assert site.ask("POST", "/_sandbox/faults", [{"do": {"explode": 1}}]).status == 400

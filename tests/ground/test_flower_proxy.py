"""Flower behind our sign-in: who may see it, what is passed on, what is not."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser, Group, User
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.test import RequestFactory

from connector.flower_proxy import flower

pytestmark = pytest.mark.django_db
OURS = {"HTTP_SEC_FETCH_SITE": "same-origin"}


class FakeFlower(ThreadingHTTPServer):
    """Answers everything and remembers what it was asked."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answering)
        self.asked: list[tuple[str, str, dict[str, str], bytes]] = []
        self.redirect = ""


class Answering(BaseHTTPRequestHandler):
    server: FakeFlower

    def _answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.asked.append((self.command, self.path, dict(self.headers), body))
        self.send_response(302 if self.server.redirect else 200)
        if self.server.redirect:
            self.send_header("Location", self.server.redirect)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Set-Cookie", "flower=1")
        self.send_header("Keep-Alive", "timeout=5")
        self.end_headers()
        self.wfile.write(b"x" * 200_000)

    do_GET = do_POST = _answer  # noqa: N815

    def log_message(self, *args: Any) -> None:
        """Keep the test output quiet."""


@pytest.fixture
def fake(settings) -> Iterator[FakeFlower]:
    server = FakeFlower()
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    settings.FLOWER_URL = f"http://127.0.0.1:{server.server_port}"
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def operator() -> User:
    user = User.objects.create_user("operator")
    user.groups.add(Group.objects.get_or_create(name="IT operator")[0])
    return user


def ask(user: Any, path: str = "workers", method: str = "get", **extra: Any) -> Any:
    request = getattr(RequestFactory(), method)(f"/flower/{path}", **extra)
    request.user = user
    return flower(request, path.partition("?")[0])


def body(response: Any) -> bytes:
    return b"".join(response.streaming_content)


def test_shows_flower_to_the_group_it(fake, operator):
    response = ask(operator, "workers?json=1")

    assert response.status_code == 200
    assert response.streaming
    assert len(body(response)) == 200_000
    assert fake.asked[0][:2] == ("GET", "/flower/workers?json=1")


def test_shows_flower_to_a_superuser(fake):
    assert ask(User.objects.create_superuser("root")).status_code == 200


@pytest.mark.parametrize(
    "groups", [[], ["Salesperson"], ["Integration administrator"]], ids=["none", "sales", "business"]
)
def test_refuses_everybody_else(fake, groups):
    user = User.objects.create_user("somebody")
    user.groups.set([Group.objects.get_or_create(name=name)[0] for name in groups])

    with pytest.raises(PermissionDenied):
        ask(user)
    assert fake.asked == []


def test_refuses_who_is_not_signed_in(fake):
    with pytest.raises(PermissionDenied):
        ask(AnonymousUser())
    assert fake.asked == []


def test_passes_on_no_cookie_and_no_authorization(fake, operator):
    ask(operator, HTTP_COOKIE="sessionid=secret", HTTP_AUTHORIZATION="Bearer secret", HTTP_ACCEPT="text/html")

    sent = fake.asked[0][2]
    assert sent["Accept"] == "text/html"
    assert not {"Cookie", "Authorization"} & set(sent)


def test_gives_back_no_cookie_and_no_hop_by_hop_header(fake, operator):
    response = ask(operator)

    assert response.headers["Content-Type"] == "text/html; charset=utf-8"
    assert not {"Set-Cookie", "Keep-Alive", "Server"} & set(response.headers)


def test_keeps_no_cookie_between_two_people(fake, operator):
    body(ask(operator))
    body(ask(operator))

    assert "Cookie" not in fake.asked[1][2]


@pytest.mark.parametrize("path", ["api/worker/shutdown/w1", "api/task/revoke/1", "api/task/async-apply/t", "logout"])
def test_refuses_control_calls(fake, operator, path):
    with pytest.raises(PermissionDenied, match="FLOWER_CONTROL"):
        ask(operator, path, "post", **OURS)
    assert fake.asked == []


def test_passes_control_calls_on_when_switched_on(fake, operator, settings):
    settings.FLOWER_CONTROL = True

    ask(operator, "api/task/revoke/1", "post", data=b"terminate=1", content_type="text/plain", **OURS)

    assert fake.asked[0][0::3] == ("POST", b"terminate=1")


def test_refuses_a_control_call_from_another_site(fake, operator, settings):
    settings.FLOWER_CONTROL = True

    with pytest.raises(PermissionDenied):
        ask(operator, "api/task/revoke/1", "post", HTTP_ORIGIN="https://evil.example", HTTP_SEC_FETCH_SITE="cross-site")
    assert fake.asked == []


def test_reads_the_task_table_which_flower_asks_for_by_post(fake, operator):
    assert ask(operator, "tasks/datatable", "post", **OURS).status_code == 200


@pytest.mark.parametrize("method", ["put", "delete", "patch", "options"])
def test_takes_reading_methods_only(fake, operator, method):
    assert ask(operator, method=method).status_code == 405
    assert fake.asked == []


@pytest.mark.parametrize(
    ("target", "kept"),
    [("/flower/login", True), ("https://evil.example/", False), ("//evil.example/", False), ("/admin/", False)],
)
def test_a_redirect_stays_below_flower(fake, operator, target, kept):
    fake.redirect = target

    response = ask(operator)

    assert response.status_code == 302
    assert ("Location" in response.headers) is kept


def test_a_path_cannot_leave_flower(fake, operator):
    ask(operator, "..%2f..//evil.example/x")

    assert fake.asked[0][1].startswith("/flower/")
    with pytest.raises(Http404):
        ask(operator, "../metrics")


def test_says_that_flower_does_not_answer(operator, settings):
    settings.FLOWER_URL = "http://127.0.0.1:9"

    response = ask(operator)

    assert response.status_code == 502
    assert b"operations.md" in response.content


def test_a_websocket_is_refused(fake, operator):
    assert ask(operator, HTTP_UPGRADE="websocket").status_code == 501
    assert fake.asked == []

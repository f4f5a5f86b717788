"""The error pages, in the look of the site, with and without everything they stand on."""

import pytest
from django.test import Client, RequestFactory

from sync.views import home, problems
from tests.pages.test_pages import INLINE


def test_bug_shows_a_page_that_needs_nothing(boss: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(home.selectors, "home", lambda: 1 / 0)
    boss.raise_request_exception = False
    response = boss.get("/")
    assert response.status_code == 500
    assert b"This is our mistake" in response.content and not INLINE.search(response.content.decode())


def test_old_form_is_refused_in_our_look(boss: Client) -> None:
    client = Client(enforce_csrf_checks=True)
    client.cookies = boss.cookies
    response = client.post("/review/start/")
    assert response.status_code == 403 and b"This form is too old" in response.content


def test_unreadable_request(rf: RequestFactory, db: None) -> None:
    from django.contrib.auth.models import AnonymousUser

    request = rf.get("/")
    request.user = AnonymousUser()
    response = problems.bad_request(request, Exception())
    assert response.status_code == 400 and b"This request cannot be read" in response.content


def test_stranger_gets_no_shell_on_an_error_page(db: None) -> None:
    response = Client().get("/nothing-here/")
    assert response.status_code == 404 and b'class="rail"' not in response.content

"""Every address pattern of the site, an address for each, and how an answer is told in one letter."""

import re
from collections.abc import Iterator
from typing import Any

from django.contrib.auth.models import Group
from django.db import transaction
from django.http import HttpResponse
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from sync.roles import ADMINISTRATOR, IT, ROLES, SALESPERSON, VIEWER
from tests import factories

# Who asks, in the order of the letters.
ROLES_ASKED = ("stranger", "", SALESPERSON, VIEWER, IT, ADMINISTRATOR, "superuser")
PATTERN_PARTS = re.compile(r"<(?:\w+:)?(\w+)>|\(\?P<(\w+)>(?:[^()]|\([^()]*\))*\)")


def patterns(resolver: URLResolver | None = None, before: str = "") -> Iterator[str]:
    """Yield every pattern as it is written, parts joined."""
    for item in (resolver or get_resolver()).url_patterns:
        whole = before + str(item.pattern)
        if isinstance(item, URLResolver):
            yield from patterns(item, whole)
        else:
            assert isinstance(item, URLPattern)
            yield whole


def address(pattern: str, values: dict[str, Any]) -> str:
    """Return an address that the pattern takes. Raises KeyError for a part that `values` does not name."""
    plain = PATTERN_PARTS.sub(lambda found: str(values[found[1] or found[2]]), pattern)
    return "/" + plain.replace("^", "").replace("$", "").replace("\\Z", "")


def letter(response: HttpResponse) -> str:
    """Return L for "sign in first", x for refused, n for nothing there, - for the wrong method, o for an answer."""
    code = response.status_code
    target = response.headers.get("Location", "")
    if target.startswith("/accounts/login/?next=") or target.split("?")[0] == "/admin/login/":
        return "L"
    return {403: "x", 404: "n", 405: "-"}.get(code, "o" if code < 500 or code == 502 else str(code))


class Asker:
    """One kind of person, who asks for every address anew: what an answer changes is taken back."""

    def __init__(self, role: str) -> None:
        self.user = None
        if role != "stranger":
            self.user = factories.UserFactory(
                username="asker", is_superuser=role == "superuser", is_staff=role == "superuser"
            )
            if role in ROLES:
                self.user.groups.add(Group.objects.get(name=role))

    def ask(self, method: str, where: str) -> str:
        """Return the answer as a letter."""
        with transaction.atomic():
            client = Client()
            if self.user:
                client.force_login(self.user)
            response = client.generic(method, where, headers={"referer": "http://testserver/"})
            if hasattr(response, "streaming_content"):
                list(response.streaming_content)
            transaction.set_rollback(True)
        return letter(response)

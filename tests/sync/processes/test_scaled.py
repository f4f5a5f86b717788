"""All processes of the Procfile on PostgreSQL and Redis: a run through real workers, one of which is killed; Flower; the end."""

import re
import signal
import time
from collections.abc import Callable

import pytest
import requests

from scripts.children import procfile
from scripts.stand_ins import StandIns
from tests.sync.processes.conftest import Site, counters, twins, until

pytestmark = [pytest.mark.scaled, pytest.mark.timeout(300)]
PEOPLE = """
from django.contrib.auth.models import Group, User
for name, group in (("it", "IT operator"), ("seller", "Salesperson")):
    user = User.objects.create_user(name, f"{name}@example.com", "correct horse battery")
    user.groups.add(Group.objects.get(name=group))
"""


class Browser:
    """A person at the site."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.address = f"http://127.0.0.1:{site.family.environment['PORT']}"
        self.http = requests.Session()
        self.http.trust_env = False

    def get(self, path: str) -> requests.Response:
        """Open a page."""
        return self.http.get(self.address + path, timeout=30)

    def answers(self) -> bool:
        """Tell whether the site answers."""
        try:
            return self.get("/accounts/login/").ok
        except requests.ConnectionError:
            return False

    def sign_in(self, name: str) -> None:
        """Sign in through the page."""
        page = self.get("/accounts/login/").text
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
        assert token
        self.http.cookies.get_dict()
        data = {"login": name, "password": "correct horse battery", "csrfmiddlewaretoken": token[1]}
        answer = self.http.post(f"{self.address}/accounts/login/", data=data, timeout=30)
        assert answer.ok
        assert "/accounts/login/" not in answer.url, "the sign-in was refused"


def test_run_through_all_processes(scaled_site: Site, stand_ins_with: Callable[..., StandIns]) -> None:
    site = scaled_site
    stand_ins = stand_ins_with("--orders", "0", "--latency-ms", "10")
    site.set_up(stand_ins)
    site.manage("collectstatic", "--no-input", "--verbosity", "0")
    site.manage("shell", "--command", PEOPLE)
    site.start("Procfile")
    stand_ins.reset()

    run = site.full_synch()
    until(lambda: stand_ins.stats("crm")["rows"].get("account", {}).get("inserted"), 90, "the first account")
    site.kill("full")
    assert run.status is None, "the run was over before the worker was killed"
    site.child("full").start()
    report = site.ended(run, 120)
    assert report["status"] == "finished", report
    assert report["errors"] == []
    assert twins(stand_ins) == {}
    assert len(stand_ins.table("crm", "account")) == len(stand_ins.table("nav", "Customer"))
    assert counters(report, "failed") == counters(report, "waiting") == 0

    before = stand_ins.written("crm") + stand_ins.written("nav")
    again = site.ended(site.full_synch(), 90)
    assert (again["status"], stand_ins.written("crm") + stand_ins.written("nav")) == ("finished", before)

    _flower_is_passed_on_to_it(site)
    _everything_ends_within_ten_seconds(site)


def _flower_is_passed_on_to_it(site: Site) -> None:
    stranger, seller, it = Browser(site), Browser(site), Browser(site)
    until(stranger.answers, 60, "the site")
    assert "/accounts/login/" in stranger.get("/flower/").url
    seller.sign_in("seller")
    assert seller.get("/flower/").status_code == 403
    it.sign_in("it")

    def sees_workers() -> bool:
        page = it.get("/flower/")
        return page.status_code == 200 and all(
            f"{name}@" in page.text for name in ("full", "incremental", "maintenance")
        )

    until(sees_workers, 60, "Flower's list of workers")
    assert it.http.post(f"{it.address}/flower/api/worker/shutdown/full@x", timeout=30).status_code in (403, 404)


def _everything_ends_within_ten_seconds(site: Site) -> None:
    assert {child.name for child in site.family.members} == set(procfile("Procfile"))
    assert [child.name for child in site.family.dead()] == []
    started = time.monotonic()
    for child in site.family.members:
        child.signal(signal.SIGTERM)
    until(lambda: len(site.family.dead()) == len(site.family.members), 10, "the end of all processes")
    assert time.monotonic() - started < 10

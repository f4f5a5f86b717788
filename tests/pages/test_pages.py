"""Every page renders, empty and with rows, in both languages, and obeys the rules that hold for all pages."""

import re
from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.test import Client

from tests.pages.addresses import EMPTY, with_rows

INLINE = re.compile(r"\son[a-z]+=|\sstyle=|<style|javascript:", re.IGNORECASE)


def soup_of(client: Client, address: str, language: str = "en") -> BeautifulSoup:
    """Fetch a page and parse it."""
    response = client.get(address, headers={"accept-language": language})
    assert response.status_code == 200, address
    return BeautifulSoup(response.content.decode(), "html.parser")


@pytest.mark.parametrize("language", ["en", "nl"])
@pytest.mark.parametrize("address", EMPTY)
def test_page_is_there_before_anything_is_set_up(boss: Client, address: str, language: str) -> None:
    page = soup_of(boss, address, language)
    assert page.html is not None and page.html["lang"] == language
    assert len(page.find_all("h1")) == 1


@pytest.mark.parametrize("language", ["en", "nl"])
def test_every_page_renders_with_rows(boss: Client, company: Any, language: str) -> None:
    for address in with_rows(company):
        page = soup_of(boss, address, language)
        assert len(page.find_all("h1")) == 1, address
        assert page.title is not None and page.title.text.strip(" ·"), address


def test_pages_hold_no_inline_script_or_style(boss: Client, company: Any) -> None:
    for address in with_rows(company):
        response = boss.get(address)
        assert not INLINE.search(response.content.decode()), address
        assert "'unsafe" not in response.headers["Content-Security-Policy"]
        page = BeautifulSoup(response.content.decode(), "html.parser")
        assert all(script.get("src") for script in page.find_all("script")), address


def test_ids_are_unique_and_references_lead_somewhere(boss: Client, company: Any) -> None:
    for address in with_rows(company):
        page = soup_of(boss, address)
        ids = [tag["id"] for tag in page.find_all(id=True)]
        assert len(ids) == len(set(ids)), (address, sorted(name for name in ids if ids.count(name) > 1))
        used = {tag["href"][1:] for tag in page.find_all("use")}
        used |= {
            name for tag in page.find_all(attrs={"aria-labelledby": True}) for name in tag["aria-labelledby"].split()
        }
        used |= {tag["for"] for tag in page.find_all("label") if tag.get("for")}
        assert used <= set(ids), (address, used - set(ids))


def test_controls_and_tables_have_names(boss: Client, company: Any) -> None:
    for address in with_rows(company):
        page = soup_of(boss, address)
        labelled = {tag["for"] for tag in page.find_all("label") if tag.get("for")}
        for control in page.find_all(["input", "select", "textarea"]):
            named = control.get("aria-label") or control.get("id") in labelled or control.find_parent("label")
            assert control.get("type") == "hidden" or named, (address, control)
        for button in page.find_all(["button", "a"]):
            assert button.get_text(strip=True) or button.get("aria-label"), (address, button)
        for region in page.find_all(attrs={"role": "region"}):
            assert region.get("aria-label") or region.get("aria-labelledby"), (address, region.name)
        for head in page.find_all("th"):
            assert head.get("scope"), (address, head)


def test_headings_skip_no_level(boss: Client, company: Any, running: Any) -> None:
    running.line.message = "NAV does not answer. The next attempt follows by itself in 8 seconds."
    running.line.save()
    for address in [*with_rows(company), "/jobs/?run=999"]:
        main = soup_of(boss, address).find("main")
        assert main is not None
        levels = [int(tag.name[1]) for tag in main.find_all(re.compile(r"^h[1-6]$"))]
        assert levels[0] == 1, address
        assert all(later - earlier <= 1 for earlier, later in zip(levels, levels[1:], strict=False)), (address, levels)


def test_status_is_never_told_by_colour_alone(boss: Client, company: Any) -> None:
    for address in with_rows(company):
        for status in soup_of(boss, address).select(".status"):
            if status.find_parent("svg") or status.find_parent(class_="legend"):
                continue
            assert status.get_text(strip=True) or status.find("svg"), (address, status)


@pytest.mark.parametrize(("address", "code"), [("/nothing/", 404), ("/records/none/", 404), ("/mappings/NONE/", 404)])
def test_unknown_address_is_a_page_in_our_look(boss: Client, address: str, code: int) -> None:
    response = boss.get(address)
    assert response.status_code == code
    assert b'class="rail"' in response.content


def test_stranger_sees_the_sign_in_page_and_no_data(db: None, company: Any) -> None:
    client = Client()
    for address in with_rows(company):
        response = client.get(address)
        assert response.status_code == 302, address
        assert response.headers["Location"].startswith("/accounts/login/")
    page = client.get("/accounts/login/").content.decode()
    assert "Selangorian" not in page and not INLINE.search(page)
    assert b"Aanmelden" in client.get("/accounts/login/", headers={"accept-language": "nl"}).content


def test_language_switches_before_and_after_sign_in_and_stays_on_the_page(boss: Client) -> None:
    for client in (Client(), boss):
        response = client.post("/i18n/setlang/", {"language": "nl", "next": "/jobs/"})
        assert response.headers["Location"] == "/jobs/"
        assert response.cookies["django_language"].value == "nl"


def test_theme_and_density_are_kept_and_nothing_else(boss: Client) -> None:
    boss.post("/preferences/", {"theme": "dark"})
    boss.post("/preferences/", {"density": "compact"})
    boss.post("/preferences/", {"theme": "url(//evil)"})
    page = soup_of(boss, "/jobs/")
    assert page.html is not None
    assert (page.html["data-theme"], page.html["data-density"]) == ("dark", "compact")


def test_preferences_lead_nowhere_else(boss: Client) -> None:
    response = boss.post("/preferences/", {"theme": "dark", "next": "https://evil.example.com/"})
    assert response.headers["Location"] == "/"


def test_values_are_escaped(boss: Client, company: Any) -> None:
    record = company.records[0]
    record.name = "<script>alert(1)</script>"
    record.save()
    for address in ("/records/customers/", f"/records/customers/{record.key}", f"/search/?q={record.number}"):
        assert b"<script>alert" not in boss.get(address).content

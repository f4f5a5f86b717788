"""Signing in, the three roles, language and theme."""

import pytest

from tests.browser.browser import Browser
from tests.browser.site import Site


def _luminance(browser: Browser) -> float:
    script = "return getComputedStyle(document.body).backgroundColor.match(/[\\d.]+/g).slice(0, 3).map(Number)"
    parts = browser.run(script)
    return sum(parts) / len(parts)


def test_wrong_password_is_said_and_the_right_one_leads_to_the_page_asked_for(browser: Browser) -> None:
    browser.open("/mappings/")
    browser.sees("Sign in", "h1")
    browser.fill("#id_login", "annette")
    browser.fill("#id_password", "not this one")
    browser.click("main button.primary")
    browser.until(lambda: browser.has("[role=alert]"))

    browser.fill("#id_login", "annette")
    browser.fill("#id_password", "Loopback-7-otters")
    browser.click("main button.primary")
    browser.sees("Integration Table Mappings", "h1")


@pytest.mark.parametrize(
    ("login", "may_start", "sees_runs"),
    [("annette", True, True), ("peter", False, False), ("ilse", False, True)],
    ids=["business admin", "salesperson", "IT"],
)
def test_role_sees_what_is_its_own(browser: Browser, login: str, may_start: bool, sees_runs: bool) -> None:
    browser.sign_in(login)
    browser.open("/")
    assert browser.has("main a[href='/review/start/']") is may_start
    assert browser.has(".rail a[href='/review/']") is sees_runs
    if sees_runs:
        browser.open("/review/")
        assert browser.has("#act-start") is may_start


def test_salesperson_who_types_the_address_is_told_why_not(browser: Browser) -> None:
    browser.sign_in("peter")
    browser.open("/review/")
    browser.sees("Your role does not include this", "h1")
    # The browser notes a refused page in its console; nothing else may stand there.
    assert all("403" in line for line in browser.complaints())


def test_signing_out_asks_and_ends_the_session(annette: Browser) -> None:
    annette.open("/")
    annette.click(".person")
    annette.click("#person form[action='/accounts/logout/'] button")
    annette.open("/")
    annette.sees("Sign in", "h1")


def test_language_switch_stays_on_the_page(annette: Browser, synchronized: Site) -> None:
    annette.open("/jobs/?direction=to&status=success")
    annette.click(".lang")
    annette.until(lambda: annette.find("html").get_attribute("lang") == "nl")
    assert annette.path == "/jobs/?direction=to&status=success"
    annette.sees("Synchronisatietaken voor integratie", "h1")
    annette.click(".lang")
    annette.sees("Integration Synch. Jobs", "h1")


def test_theme_is_the_systems_until_a_person_chooses(annette: Browser) -> None:
    for scheme, is_dark in (("dark", True), ("light", False)):
        media = [{"name": "prefers-color-scheme", "value": scheme}]
        annette.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": media})
        annette.open("/mappings/")
        assert (_luminance(annette) < 80) is is_dark

    annette.click(".person")
    annette.click("#person button[value=dark]")
    annette.until(lambda: annette.find("html").get_attribute("data-theme") == "dark")
    assert _luminance(annette) < 80 and annette.path == "/mappings/"
    annette.open("/jobs/")
    assert _luminance(annette) < 80

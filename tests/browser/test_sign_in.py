"""Signing in with keys, in a real browser with a virtual key; and people managed without scripts."""

from collections.abc import Iterator
from types import SimpleNamespace

import pytest

from tests.browser.browser import Browser
from tests.browser.site import PASSWORD, Site

KEY = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}
FORGET_KEYS = "from allauth.mfa.models import Authenticator\nAuthenticator.objects.all().delete()"


@pytest.fixture
def with_key(browser: Browser, site: Site) -> Iterator[Browser]:
    """A browser with a key in it, at the site's name: keys belong to names, not to numbers."""
    browser.site = SimpleNamespace(url=f"http://localhost:{site.port}")  # type: ignore[assignment]
    browser.driver.execute_cdp_cmd("WebAuthn.enable", {})
    browser.driver.execute_cdp_cmd("WebAuthn.addVirtualAuthenticator", {"options": KEY})
    yield browser
    browser.driver.execute_cdp_cmd("WebAuthn.disable", {})
    site.shell(FORGET_KEYS)


def key_add(browser: Browser) -> None:
    """Add a passkey as a person does: the password once more, then the key."""
    browser.open("/accounts/2fa/webauthn/add/")
    browser.fill("#id_password", PASSWORD)
    browser.click("main button.primary")
    browser.click("#id_passwordless")
    browser.click("#passkey-do")
    browser.sees("Recovery codes", "h1")  # they come with the first key


def test_a_passkey_signs_in_alone_and_as_a_second_step(with_key: Browser) -> None:
    browser = with_key
    browser.sign_in("ilse")
    key_add(browser)

    browser.forget()
    browser.open("/accounts/login/")
    browser.click("#passkey-do")
    browser.until(lambda: browser.path == "/")

    browser.forget()
    browser.open("/accounts/login/")
    browser.fill("#id_login", "ilse")
    browser.fill("#id_password", PASSWORD)
    browser.click("main button.primary")
    browser.sees("Second step", "h1")
    browser.click("#passkey-do")
    browser.until(lambda: browser.path == "/")


def test_a_passkey_that_is_not_there_is_said(browser: Browser, site: Site) -> None:
    browser.site = SimpleNamespace(url=f"http://localhost:{site.port}")  # type: ignore[assignment]
    browser.driver.execute_cdp_cmd("WebAuthn.enable", {})
    browser.driver.execute_cdp_cmd("WebAuthn.addVirtualAuthenticator", {"options": {**KEY, "isUserVerified": False}})
    browser.open("/accounts/login/")
    assert not browser.find("#passkey-problem").is_displayed()
    browser.click("#passkey-do")
    browser.until(lambda: browser.find("#passkey-problem").is_displayed())
    browser.driver.execute_cdp_cmd("WebAuthn.disable", {})


def test_without_scripts_a_person_is_added_chooses_a_password_and_comes_in(annette: Browser) -> None:
    annette.scripts_off()
    annette.open("/people/")
    annette.link("Add a person")
    annette.fill("#id_username", "nora")
    annette.click("input[name=role][value=Viewer]")
    annette.click("main form button.primary")
    annette.sees("Shown once")
    assert not annette.find("[data-copy]").is_displayed()
    link = annette.find("#link").get_attribute("value")

    annette.forget()
    annette.scripts_off()
    annette.driver.get(link)
    annette.fill("#id_password1", "Zeven-otters-9")
    annette.fill("#id_password2", "Zeven-otters-9")
    annette.click("main button.primary")
    annette.sees("Password chosen", "h1")
    annette.open("/accounts/login/")
    assert not annette.find("#passkey-do").is_displayed()
    annette.fill("#id_login", "nora")
    annette.fill("#id_password", "Zeven-otters-9")
    annette.click("main button.primary")
    annette.until(lambda: annette.path == "/")
    annette.open("/review/")
    annette.sees("CRM Full Synch. Review", "h1")


def test_a_role_is_changed_by_keyboard_alone(annette: Browser) -> None:
    annette.open("/people/?q=peter")
    annette.tab_to("main tbody a")
    annette.press("\n")
    annette.sees("Peter Saddow", "h1")
    annette.tab_to("input[name=role]")
    annette.press("\ue015")
    annette.tab_to("form[action$='/role/'] button")
    annette.press("\n")
    annette.sees("Role changed from Salesperson to Viewer")
    annette.click("input[name=role][value=Salesperson]")
    annette.click("form[action$='/role/'] button")
    annette.sees("Role changed from Viewer to Salesperson")

"""The assisted set-up with Business Central, which signs in with OAuth, on to a started full synchronization."""

from collections.abc import Iterator

import pytest
from selenium.webdriver.support.select import Select

from tests.browser.browser import Browser
from tests.browser.site import Site
from tests.browser.test_wizard import MOST_ENTRIES, Newcomer


@pytest.fixture
def newcomer(chromium: Browser) -> Iterator[Newcomer]:
    """The business admin before an installation without any connection, with Business Central on the other side."""
    with Site("--flavour", "bc", "--customers", "30", "--contacts", "20", "--items", "20", connect=False) as site:
        before, chromium.site = getattr(chromium, "site", None), site
        chromium.forget()
        chromium.driver.execute_cdp_cmd("Security.setIgnoreCertificateErrors", {"ignore": True})
        chromium.complaints()
        yield Newcomer(chromium, site)
        site.quick()
        if before is not None:
            chromium.site = before


def test_business_central_signs_in_with_oauth(newcomer: Newcomer) -> None:
    browser, nav = newcomer.browser, newcomer.ready["nav"]
    browser.sign_in("annette")
    browser.click("#begin-setup")
    newcomer.next("nav")
    newcomer.fill("nav-address", nav["url"])
    newcomer.tick("[name=nav-auth_kind][value=oauth]")
    newcomer.fill("nav-authority", nav["oauth"]["token_url"])
    newcomer.fill("nav-client_id", nav["oauth"]["client_id"])
    newcomer.fill("nav-scope", nav["oauth"]["scope"])
    newcomer.fill("nav-secret", nav["oauth"]["client_secret"])
    newcomer.upload("nav-ca_upload", newcomer.ready["ca"])
    browser.click("#next")
    browser.until(lambda: browser.has("#looked"), 30, "the look at the server")
    assert "Business Central" in browser.text("#looked")
    Select(browser.find("#id_nav-company")).select_by_visible_text(nav["company"])
    newcomer.entries += 1
    newcomer.next("sales")
    newcomer.sales_with_secret()
    browser.click("#sign-in")
    newcomer.sign_in_at_the_authority()
    newcomer.at("administrator")
    newcomer.next("user")
    newcomer.through_the_proof()
    browser.click("#next")
    newcomer.sign_in_at_the_authority()
    newcomer.done()
    assert newcomer.entries <= MOST_ENTRIES
    newcomer.to_the_review()

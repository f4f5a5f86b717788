"""What holds for every page: no sideways scrolling, focus in sight, a skip link, light and dark."""

import pytest
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys

from tests.browser.browser import Browser
from tests.browser.site import Site

WIDTHS = (320, 390, 768, 1024, 1440)
PAGES = (
    "/",
    "/review/",
    "/review/start/",
    "/review/reset/",
    "/mappings/",
    "/mappings/CUSTOMER/",
    "/mappings/SALESPRC-PRODPRICE/",
    "/jobs/",
    "/job-queue-log/",
    "/errors/",
    "/errors/list/",
    "/conflicts/",
    "/records/customers/",
    "/records/contacts/",
    "/records/sales-prices/",
    "/setup/",
    "/status/",
    "/search/?q=1",
)
TOO_WIDE = "return document.documentElement.scrollWidth - document.documentElement.clientWidth"
# An outline, a ring of shadow, or a thicker edge in the drawing: one of them has to be there.
RING = """
const at = document.activeElement, style = getComputedStyle(at), box = at.querySelector('.box');
const drawn = box ? parseFloat(getComputedStyle(box).strokeWidth) >= 3 : false;
const part = at.closest('.search') && getComputedStyle(at.closest('.search'));
const rings = [style, part].filter(Boolean).some(s => parseFloat(s.outlineWidth) >= 2 && s.outlineStyle !== 'none');
return drawn || rings;
"""
IN_SIGHT = """
const at = document.activeElement, box = at.getBoundingClientRect(), bar = document.querySelector('.bar');
const under = bar && !bar.contains(at) && !at.closest('.rail, .skip') ? bar.getBoundingClientRect().bottom : 0;
return box.bottom > under && box.top < innerHeight;
"""


def _links_of(browser: Browser) -> list[str]:
    """Return pages of single things: a job, a record, a run."""
    browser.open("/jobs/")
    job = browser.find("tbody th a").get_attribute("href")
    browser.open("/records/customers/")
    record = browser.find("tbody th a").get_attribute("href")
    browser.open("/review/")
    assert browser.site
    run = browser.find("#bridge-flow").get_attribute("href")
    return [str(address).removeprefix(browser.site.url) for address in (job, record, run)]


@pytest.mark.parametrize(("data", "language"), [("trouble", "nl"), ("site", "en")])
def test_no_page_scrolls_sideways(
    browser: Browser, request: pytest.FixtureRequest, synchronized: Site, data: str, language: str
) -> None:
    browser.site = request.getfixturevalue(data)
    browser.sign_in("root")
    browser.driver.add_cookie({"name": "django_language", "value": language})
    browser.driver.add_cookie({"name": "theme", "value": "dark" if language == "nl" else "light"})
    wide = []
    for page in (*PAGES, *_links_of(browser)):
        browser.open(page)
        for width in WIDTHS:
            browser.size(width)
            wide += [(page, width)] if browser.run(TOO_WIDE) > 0 else []
    assert not wide


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("page", ["/review/", "/records/customers/", "/setup/"])
def test_focus_is_seen_at_every_stop(annette: Browser, synchronized: Site, page: str, theme: str) -> None:
    annette.driver.add_cookie({"name": "theme", "value": theme})
    annette.open(page)
    stops = set()
    for _press in range(70):
        ActionChains(annette.driver).send_keys(Keys.TAB).perform()
        if annette.run("return document.activeElement === document.body"):
            break
        what = annette.run("const e = document.activeElement; return e.outerHTML.slice(0, 120)")
        stops.add(what)
        assert annette.run(RING), what
        assert annette.run(IN_SIGHT), what
    assert len(stops) > 15


def test_skip_link_is_the_first_stop_and_leads_to_the_content(annette: Browser) -> None:
    annette.open("/jobs/")
    ActionChains(annette.driver).send_keys(Keys.TAB).perform()
    assert annette.focused().get_attribute("class") == "skip"
    annette.until(lambda: annette.run("return document.activeElement.getBoundingClientRect().top >= 0"))
    annette.press(Keys.ENTER)
    annette.until(lambda: annette.focused().get_attribute("id") == "main")


def test_narrow_screen_has_its_menu_and_language(annette: Browser) -> None:
    annette.size(390)
    annette.open("/jobs/")
    annette.click(".menu-button")
    annette.until(lambda: annette.find(".rail").is_displayed())
    annette.link("Integration Table Mappings", ".rail")
    annette.sees("Integration Table Mappings", "h1")
    annette.click(".person")
    annette.click("#person button[value=nl]")
    annette.until(lambda: annette.find("html").get_attribute("lang") == "nl")

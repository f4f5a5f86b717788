"""Every page works by plain links, forms and reloads."""

from tests.browser.browser import Browser
from tests.browser.site import Site

RUN_SECONDS = 60.0


def _load_until(browser: Browser, text: str) -> None:
    """Load the page again, as a person does, until it says this."""

    def loaded() -> bool:
        browser.driver.refresh()
        return text in browser.find("main").text

    browser.until(loaded, RUN_SECONDS, what=text)


def test_start_watch_stop_and_read_by_plain_forms(browser: Browser, synchronized: Site) -> None:
    browser.scripts_off()
    browser.sign_in("annette")
    synchronized.slow(0.4)

    browser.open("/review/")
    browser.click("#act-start")
    browser.sees("Start a full synchronization?", "h1")
    browser.click("main footer .primary")
    browser.sees("Load again")
    browser.click("#act-pause")
    browser.sees("Paused by Annette Hill")
    browser.click("#act-resume")
    browser.click("#act-stop")
    browser.link("Stop the run")
    synchronized.quick()
    _load_until(browser, "Cancelled")

    browser.open("/review/start/")
    browser.click("button[name=preview]")
    _load_until(browser, "What a full synchronization would do")


def test_filter_search_test_language_and_theme_by_plain_forms(browser: Browser, synchronized: Site) -> None:
    browser.scripts_off()
    browser.sign_in("annette")

    browser.open("/records/customers/")
    browser.fill("[data-filter]", "Sel")
    browser.press("\n")
    browser.sees("Selangorian Ltd.", "#rows")
    browser.fill("#search", "10000")
    browser.press("\n")
    browser.sees("10000", "main ul.hits")

    browser.open("/setup/")
    browser.click("#erp form button")
    browser.sees("NAV answers, and the company CRONUS International Ltd. is there.", "#checks-erp")

    browser.open("/jobs/?direction=to")
    browser.click(".lang")
    assert browser.find("html").get_attribute("lang") == "nl" and browser.path == "/jobs/?direction=to"

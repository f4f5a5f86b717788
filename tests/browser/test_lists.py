"""Lists, search and connection tests, with the keyboard alone where that is how people work."""

from selenium.webdriver.common.keys import Keys

from tests.browser.browser import Browser
from tests.browser.site import Site


def _first(browser: Browser) -> str:
    return browser.text("#rows tbody tr:first-child th")


def test_customers_are_filtered_and_paged_by_keyboard(annette: Browser, synchronized: Site) -> None:
    annette.open("/records/customers/")
    annette.run("window.stayed = true")
    annette.find("body").send_keys(Keys.F3)
    annette.press("Selan")
    annette.until(lambda: len(annette.all("#rows tbody tr")) == 1)
    annette.sees("Selangorian Ltd.", "#rows")
    assert "q=Selan" in annette.path and annette.run("return window.stayed")
    assert annette.run("return document.activeElement.matches('[data-filter]')")

    annette.open("/records/customers/")
    first = _first(annette)
    annette.tab_to("#rows a[rel=next]", most=250)
    annette.press(Keys.ENTER)
    annette.until(lambda: "after=" in annette.path and _first(annette) != first)
    annette.sees("120 rows", "#rows")
    annette.tab_to("#rows a[rel=prev]", most=250)
    annette.press(Keys.ENTER)
    annette.until(lambda: _first(annette) == first)

    annette.link("Not coupled")
    annette.sees("No records", "#rows")


def test_search_finds_a_record_and_enter_opens_it(annette: Browser, synchronized: Site) -> None:
    annette.open("/jobs/")
    annette.chord(Keys.CONTROL, "k")
    annette.press("10000")
    annette.until(lambda: annette.has("#found a"))
    annette.tab_to("#found a")
    annette.press(Keys.ENTER)
    annette.sees("10000 The Cannon Group PLC", "h1")


def test_connection_test_shows_every_step(annette: Browser) -> None:
    annette.open("/setup/")
    for side, steps, words in (("erp", 3, "NAV publishes"), ("crm", 4, "Sales accepts the sign-in.")):
        annette.click(f"#{side} form button")
        annette.sees(words, f"#checks-{side}")
        annette.until(lambda side=side, steps=steps: len(annette.all(f"#checks-{side} li.is-ok")) == steps)


def test_connection_test_that_fails_says_why(annette: Browser, site: Site) -> None:
    site.stand_ins.faults("nav", {"id": "refused", "do": {"status": 401}})
    annette.open("/setup/")
    annette.click("#erp form button")
    annette.sees("NAV refuses user and web service access key.", "#checks-erp")

    site.quick()
    annette.click("#erp form button")
    annette.sees("NAV answers", "#checks-erp")


def test_lists_without_rows_say_why_and_what_fills_them(annette: Browser, synchronized: Site) -> None:
    for path, words in (
        ("/conflicts/", "No field was changed on both sides. Both sides were last compared"),
        ("/errors/", "No record waits and none failed. Both sides were last compared"),
        ("/errors/list/", "No errors"),
        ("/jobs/?run=999", "No jobs"),
        ("/job-queue-log/?run=999", "No log entries"),
        ("/records/customers/?q=nobody", "No records"),
    ):
        annette.open(path)
        annette.sees(words, ".empty")

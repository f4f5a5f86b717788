"""A person at a browser: headless Chromium, with waits instead of sleeps, and a look at its console."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from selenium import webdriver
from selenium.common.exceptions import StaleElementReferenceException
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import WebDriverWait

from tests.browser.site import PASSWORD, Site

FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
SECONDS = 15.0
POLL = 0.1


class Browser:
    """One Chromium with a profile of its own."""

    def __init__(self, profile: Path) -> None:
        options = webdriver.ChromeOptions()
        options.binary_location = "/usr/bin/chromium"
        for flag in (*FLAGS, f"--user-data-dir={profile}"):
            options.add_argument(flag)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        self.driver = webdriver.Chrome(options=options, service=Service("/usr/bin/chromedriver"))
        self.site: Site | None = None

    def quit(self) -> None:
        """Close it."""
        self.driver.quit()

    # Where it is

    def open(self, path: str) -> None:
        """Go to a page of the site."""
        assert self.site
        self.driver.get(self.site.url + path)

    @property
    def path(self) -> str:
        """The page's address without the site's."""
        assert self.site
        return str(self.driver.current_url).removeprefix(self.site.url)

    def forget(self) -> None:
        """Sign out and forget theme, language and size."""
        self.driver.execute_cdp_cmd("Network.clearBrowserCookies", {})
        self.driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})
        self.size(1440)
        self.driver.get("about:blank")

    def sign_in(self, login: str) -> None:
        """Sign in through the page that everybody uses."""
        self.open("/accounts/login/")
        self.fill("#id_login", login)
        self.fill("#id_password", PASSWORD)
        self.click("main button.primary")
        self.until(lambda: not self.path.startswith("/accounts/login/"))

    def size(self, width: int, height: int = 900) -> None:
        """Set the size of the window's inside."""
        metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)

    def scripts_off(self) -> None:
        """Let pages run no scripts from now on."""
        self.driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})

    # What it shows

    def find(self, css: str) -> WebElement:
        """Return the first element of a selector, once it is there."""
        return self.until(lambda: next(iter(self.all(css)), None))

    def all(self, css: str) -> list[WebElement]:
        """Return all elements of a selector, as they are now."""
        return list(self.driver.find_elements(By.CSS_SELECTOR, css))

    def has(self, css: str) -> bool:
        """Tell whether there is such an element now."""
        return bool(self.all(css))

    def text(self, css: str = "main") -> str:
        """Return what an element says, as text."""
        return self.until(lambda: self.find(css).text or " ")

    def sees(self, text: str, css: str = "main", seconds: float = SECONDS) -> None:
        """Wait until an element says this."""
        self.until(lambda: text in self.find(css).text, seconds, what=f"“{text}” in {css}")

    def until(self, condition: Callable[[], Any], seconds: float = SECONDS, what: str = "") -> Any:
        """Wait until something holds, and return it. A swapped element is simply looked at again."""
        wait = WebDriverWait(self.driver, seconds, POLL, ignored_exceptions=[StaleElementReferenceException])
        return wait.until(lambda _driver: condition(), f"{what} at {self.driver.current_url}")

    def run(self, script: str, *arguments: Any) -> Any:
        """Run a script in the page and return its result."""
        return self.driver.execute_script(script, *arguments)

    # What a person does

    def click(self, css: str) -> None:
        """Click an element; one that was swapped meanwhile is looked for again."""

        def clicked() -> bool:
            self.find(css).click()
            return True

        self.until(clicked, what=f"a click on {css}")

    def link(self, text: str, css: str = "main") -> None:
        """Click the link or button that says this."""
        found = self.until(
            lambda: next((item for item in self.all(f"{css} :is(a, button)") if item.text.strip() == text), None),
            what=f"a link “{text}”",
        )
        found.click()

    def fill(self, css: str, text: str) -> None:
        """Type into a field, in place of what it holds."""
        field = self.find(css)
        field.clear()
        field.send_keys(text)

    def press(self, *keys: str) -> None:
        """Press keys where the focus is."""
        self.focused().send_keys(*keys)

    def chord(self, modifier: str, key: str) -> None:
        """Press a key together with another one."""
        webdriver.ActionChains(self.driver).key_down(modifier).send_keys(key).key_up(modifier).perform()

    def tab_to(self, css: str, most: int = 80) -> None:
        """Press Tab until the focus is on such an element. Raises AssertionError when it never gets there."""
        for _press in range(most):
            if self.run("return document.activeElement.matches(arguments[0])", css):
                return
            webdriver.ActionChains(self.driver).send_keys(Keys.TAB).perform()
        raise AssertionError(f"Tab does not lead to {css} at {self.driver.current_url}")

    def focused(self) -> WebElement:
        """Return the element that has the focus."""
        return self.driver.switch_to.active_element

    # What must never be there

    def complaints(self) -> list[str]:
        """Return the console's errors and violations since the last call."""
        entries = self.driver.get_log("browser")
        return [str(entry["message"]) for entry in entries if entry["level"] in ("SEVERE", "WARNING")]

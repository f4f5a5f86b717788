"""The assisted set-up as a person meets it: from an empty installation to the review, against both stand-ins."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.select import Select

from tests.browser.browser import Browser
from tests.browser.site import Site

LONG = 90.0
MOST_ENTRIES = 25


@pytest.fixture(scope="module")
def empty() -> Iterator[Site]:
    """A site that nobody has set up."""
    with Site("--customers", "30", "--contacts", "20", "--items", "20", connect=False) as running:
        yield running


@pytest.fixture
def newcomer(empty: Site, chromium: Browser) -> Iterator["Newcomer"]:
    """The business admin before an installation without any connection."""
    chromium.site = empty
    chromium.forget()
    # The stand-ins' certificates are of their own authority, which the browser does not know.
    chromium.driver.execute_cdp_cmd("Security.setIgnoreCertificateErrors", {"ignore": True})
    chromium.complaints()
    empty.shell(
        "from setup_wizard.models import SetupDraft\nfrom connector.models import Connection\n"
        "from sync.models import IntegrationTableMapping\nSetupDraft.objects.all().delete()\n"
        "IntegrationTableMapping.objects.all().delete()\nConnection.objects.all().delete()"
    )
    empty.stand_ins.reset(data=True)
    yield Newcomer(chromium, empty)
    empty.quick()


class Newcomer:
    """A person who counts what he enters; every press but Next, Back and links is an entry."""

    def __init__(self, browser: Browser, site: Site) -> None:
        self.browser, self.site = browser, site
        self.entries = 0

    @property
    def ready(self) -> dict[str, Any]:
        """What the stand-ins said of themselves."""
        return self.site.stand_ins.ready

    def fill(self, name: str, text: str) -> None:
        """Fill in one field."""
        step, _dash, _field = name.partition("-")
        self.browser.fill(f"#id_{step}-{name.partition('-')[2]}", text)
        self.entries += 1

    def upload(self, name: str, path: str) -> None:
        """Choose a file; a folded part is unfolded first."""
        self.browser.run("document.querySelectorAll('details.more').forEach(part => part.open = true)")
        self.browser.find(f"#id_{name}").send_keys(path)
        self.entries += 1

    def tick(self, css: str) -> None:
        """Choose one of several."""
        self.browser.click(css)
        self.entries += 1

    def next(self, to: str) -> None:
        """Press Next and wait for the step that follows."""
        self.browser.click("#next")
        self.at(to)

    def at(self, step: str, seconds: float = 30.0) -> None:
        """Wait for a step."""
        self.browser.until(
            lambda: self.browser.path.split("?")[0].split("#")[0] == f"/assisted-setup/{step}/",
            seconds,
            f"the step {step}; {self.errors()}",
        )

    def errors(self) -> str:
        """What the page complains about."""
        return " ".join(item.text for item in self.browser.all("#errors"))

    # Steps

    def to_sales(self) -> None:
        """From Home to the step of Sales."""
        self.browser.sign_in("annette")
        self.browser.click("#begin-setup")
        self.next("nav")
        nav = self.ready["nav"]
        self.fill("nav-address", nav["url"])
        self.fill("nav-user", nav["user"])
        self.fill("nav-secret", nav["key"])
        self.upload("nav-ca_upload", self.ready["ca"])
        self.browser.click("#next")
        self.browser.until(lambda: self.browser.has("#looked"), 30)
        Select(self.browser.find("#id_nav-company")).select_by_visible_text(nav["company"])
        self.entries += 1
        self.next("sales")

    def sales_with_secret(self) -> None:
        """Sign in to Sales as an application with its secret, with a browser address pasted."""
        crm = self.ready["crm"]
        self.fill("sales-address", f"{crm['url']}/main.aspx?appid=1&pagetype=dashboard")
        self.fill("sales-client_id", crm["client_id"])
        self.fill("sales-secret", crm["client_secret"])
        self.upload("sales-ca_upload", self.ready["ca"])
        self.next("administrator")

    def sign_in_at_the_authority(self) -> None:
        """Enter the administrator's account at the identity server's own page."""
        admin = self.ready["crm"]["admin"]
        self.browser.until(lambda: self.browser.has("input[name=username]"), 20)
        self.browser.fill("input[name=username]", admin["user"])
        self.browser.fill("input[name=password]", admin["password"])
        self.entries += 2
        self.browser.click("button[type=submit]")

    def through_the_proof(self) -> None:
        """From the integration user to Finish."""
        self.next("tables")
        self.next("proof")
        self.browser.until(lambda: not self.browser.has("#live[data-live]"), LONG, "the end of the checks")
        assert not self.browser.has("#live .checks > .is-bad"), self.browser.text("#live")
        self.next("finish")

    def done(self) -> None:
        """Wait until everything is arranged."""
        self.at("done", LONG)

    def to_the_review(self) -> None:
        """Start the full synchronization from the last page."""
        self.browser.click("#run-full")
        self.browser.until(lambda: self.browser.path == "/review/")
        self.browser.click("#act-start")
        self.browser.until(lambda: self.browser.has("dialog[open] footer .primary"))
        self.browser.click("dialog[open] footer .primary")
        self.browser.until(lambda: self.browser.path.startswith("/runs/"), 20)


def test_user_and_password_with_the_keyboard_alone_in_dutch(newcomer: Newcomer) -> None:
    browser, ready = newcomer.browser, newcomer.ready
    browser.sign_in("annette")
    browser.click(".lang")
    browser.until(lambda: browser.find("html").get_attribute("lang") == "nl")

    def enter(css: str, text: str) -> None:
        browser.tab_to(css)
        browser.press(text)

    def press(css: str) -> None:
        browser.tab_to(css)
        browser.press(Keys.ENTER)

    press("#begin-setup")
    newcomer.at("welcome")
    press("#next")
    newcomer.at("nav")
    enter("#id_nav-address", ready["nav"]["url"])
    enter("#id_nav-user", ready["nav"]["user"])
    enter("#id_nav-secret", ready["nav"]["key"])
    browser.press(Keys.ENTER)
    # The certificate's authority is unknown: the focus is on the field that cures it.
    browser.until(lambda: browser.run("return document.activeElement.id") == "id_nav-ca_upload")
    browser.focused().send_keys(ready["ca"])
    press("#next")
    browser.until(lambda: browser.run("return document.activeElement.id") == "id_nav-company")
    browser.press(ready["nav"]["company"])
    press("#next")
    newcomer.at("sales")
    enter("#id_sales-address", ready["crm"]["url"])
    browser.tab_to("[name=sales-auth_kind]")
    browser.press(Keys.ARROW_UP)
    assert browser.run("return document.activeElement.value") == "password"
    enter("#id_sales-client_id", ready["crm"]["client_id"])
    enter("#id_sales-user", ready["crm"]["integration"]["user"])
    enter("#id_sales-password", ready["crm"]["integration"]["password"])
    press("details.more summary")
    browser.tab_to("#id_sales-ca_upload")
    browser.focused().send_keys(ready["ca"])
    press("#next")
    newcomer.at("administrator")
    press("details.more summary")
    enter("#id_administrator-admin_user", ready["crm"]["admin"]["user"])
    enter("#id_administrator-admin_password", ready["crm"]["admin"]["password"])
    browser.press(Keys.ENTER)
    newcomer.at("user")
    press("#next")
    newcomer.at("tables")
    press("#next")
    newcomer.at("proof")
    browser.until(lambda: not browser.has("#live[data-live]"), LONG)
    press("#next")
    newcomer.at("finish")
    press("details.more summary")
    enter("#id_finish-admin_user", ready["crm"]["admin"]["user"])
    enter("#id_finish-admin_password", ready["crm"]["admin"]["password"])
    browser.press(Keys.ENTER)
    newcomer.done()


def test_a_closed_tab_goes_on_where_it_was_without_scripts(newcomer: Newcomer) -> None:
    browser = newcomer.browser
    newcomer.to_sales()
    browser.fill("#id_sales-client_id", "half-entered")
    browser.click("#close")
    browser.until(lambda: browser.path == "/")
    browser.forget()
    browser.driver.execute_cdp_cmd("Security.setIgnoreCertificateErrors", {"ignore": True})
    browser.scripts_off()
    browser.sign_in("annette")
    browser.click("#go-on")
    newcomer.at("sales")
    assert browser.find("#id_sales-client_id").get_attribute("value") == "half-entered"
    assert not browser.has("#begin-setup")
    browser.click("#back")
    newcomer.at("nav")
    browser.click("#next")
    newcomer.at("sales")
    browser.fill("#id_sales-address", newcomer.ready["crm"]["url"])
    browser.fill("#id_sales-client_id", newcomer.ready["crm"]["client_id"])
    browser.fill("#id_sales-secret", newcomer.ready["crm"]["client_secret"])
    browser.click("details.more summary")
    browser.find("#id_sales-ca_upload").send_keys(newcomer.ready["ca"])
    browser.click("#next")
    newcomer.at("administrator")
    browser.click("#later")
    newcomer.at("user")
    browser.click("#next")
    newcomer.at("tables")
    browser.click("#next")
    newcomer.at("proof")

    def made() -> bool:
        browser.driver.refresh()
        return browser.has("button#next")

    browser.until(made, LONG, "the end of the checks, by reloading")
    browser.click("#next")
    newcomer.at("finish")
    browser.click("details.more summary")
    browser.fill("#id_finish-admin_user", newcomer.ready["crm"]["admin"]["user"])
    browser.fill("#id_finish-admin_password", newcomer.ready["crm"]["admin"]["password"])
    browser.click("#finish-password")

    def finished() -> bool:
        browser.driver.refresh()
        return browser.path == "/assisted-setup/done/"

    browser.until(finished, LONG, "the end of Finish, by reloading")


def test_a_wrong_secret_is_told_and_a_right_one_goes_on(newcomer: Newcomer) -> None:
    newcomer.to_sales()
    crm = newcomer.ready["crm"]
    newcomer.fill("sales-address", crm["url"])
    newcomer.fill("sales-client_id", crm["client_id"])
    newcomer.fill("sales-secret", "wrong")
    newcomer.upload("sales-ca_upload", newcomer.ready["ca"])
    newcomer.browser.click("#next")
    newcomer.browser.until(lambda: newcomer.browser.has("#errors"), 30)
    assert "secret" in newcomer.browser.text("#errors").lower()
    newcomer.fill("sales-secret", crm["client_secret"])
    newcomer.next("administrator")


def certificate_with_key() -> tuple[str, str]:
    """Return a fresh certificate, and the same with its private key, both in PEM form."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "connector")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=30))
        .sign(key, hashes.SHA256())
    )
    public = made.public_bytes(Encoding.PEM).decode()
    return public, key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode() + public


def test_a_certificate_signs_in_too(newcomer: Newcomer, tmp_path: Path) -> None:
    public, whole = certificate_with_key()
    newcomer.site.stand_ins.do("crm", "certificate", {"certificate": public})
    (tmp_path / "connector.pem").write_text(whole)
    newcomer.to_sales()
    newcomer.fill("sales-address", newcomer.ready["crm"]["url"])
    newcomer.tick("input[value=certificate]")
    newcomer.fill("sales-client_id", newcomer.ready["crm"]["client_id"])
    newcomer.upload("sales-certificate", str(tmp_path / "connector.pem"))
    newcomer.upload("sales-ca_upload", newcomer.ready["ca"])
    newcomer.next("administrator")
    newcomer.browser.open("/assisted-setup/sales/")
    assert "# NAV-Sales-Connector" in newcomer.browser.text("#looked")
    assert "PRIVATE KEY" not in newcomer.browser.run("return document.documentElement.outerHTML")


def test_a_newcomer_gets_to_a_started_full_synchronization(newcomer: Newcomer) -> None:
    newcomer.to_sales()
    newcomer.sales_with_secret()
    newcomer.browser.click("#sign-in")
    newcomer.sign_in_at_the_authority()
    newcomer.at("administrator")
    assert "Ada Admin can do the work" in newcomer.browser.text("#verified")
    newcomer.next("user")
    newcomer.through_the_proof()
    newcomer.browser.click("#next")
    newcomer.sign_in_at_the_authority()
    newcomer.done()
    assert newcomer.entries <= MOST_ENTRIES, newcomer.entries
    newcomer.to_the_review()

    crm = newcomer.site.stand_ins
    assert "NavSalesConnector" in [row["uniquename"] for row in crm.table("crm", "solution")]
    account = next(
        row for row in crm.table("crm", "systemuser") if row.get("applicationid") == newcomer.ready["crm"]["client_id"]
    )
    assert account["isintegrationuser"] and account["accessmode"] == 4
    rows = crm.table("crm", "nsc_connection")
    assert [row for row in rows if "DynamicsNAV100" in str(row)], rows
    logs = "".join(path.read_text() for path in (newcomer.site.folder / "logs").iterdir() if path.is_file())
    database = b"".join(path.read_bytes() for path in (newcomer.site.folder / "state").glob("connector.sqlite3*"))
    password = str(newcomer.ready["crm"]["admin"]["password"])
    assert password not in logs and password.encode() not in database
    newcomer.browser.open("/")
    newcomer.browser.sees("Dynamics 365 Connection Setup: Finished", "#assisted-setup")

"""What the set-up finds out from servers, and the sentence that says what is wrong with each of them."""

import uuid
from collections.abc import Callable
from typing import Any

import pytest

from connector.models import Connection
from setup_wizard.discovery.nav import NavFinding, nav_look, services_look
from setup_wizard.discovery.sales import SalesFinding, sales_look
from tests.setup_wizard.conftest import Bench
from tests.sync.oracle.people import free_port_address

pytestmark = pytest.mark.filterwarnings("ignore:This API has been deprecated:DeprecationWarning")


class TestNav:
    """`nav_look` at a server that is well."""

    def test_lists_the_companies_and_tells_the_flavour(self, bench: Bench) -> None:
        finding = nav_look(bench.nav(address=f"{bench.answers.nav.address}/Company", company=""))

        assert finding.ok, finding.problem
        assert finding.companies == ["CRONUS International Ltd.", "My Company"]
        assert (finding.address, finding.flavour) == (bench.answers.nav.address, "nav2017")
        assert not Connection.objects.exists()

    def test_without_a_key_says_that_the_address_is_well_and_no_more(self, bench: Bench) -> None:
        finding = nav_look(bench.nav(secret=""))

        assert finding.ok
        assert not finding.signed_in
        assert finding.companies == []

    def test_business_central_tells_its_version_and_signs_in_by_oauth(self, bench_with: Callable[..., Bench]) -> None:
        bench = bench_with("--flavour", "bc")

        finding = nav_look(bench.nav(flavour="nav2017"))

        assert finding.ok, finding.problem
        assert (finding.flavour, finding.version != "") == ("bc", True)
        assert finding.companies

    def test_finds_the_services_and_says_which_fields_are_missing(self, bench: Bench) -> None:
        found = {finding.table: finding for finding in services_look(bench.nav())}

        assert found["Customer"].published_as == "CustomerCard"
        assert found["Customer"].missing_fields == ["County"]
        assert "page 50100 of the object pack" in found["Customer"].how_to
        assert bench.stand_ins.requests("nav") == 1

    def test_names_what_is_not_published(self, bench: Bench) -> None:
        bench.stand_ins.do("nav", "services", {"unpublish": ["CustomerCard", "CustomerList"]})
        try:
            found = {finding.table: finding for finding in services_look(bench.nav())}
        finally:
            bench.stand_ins.do("nav", "services", {"publish": ["CustomerCard", "CustomerList"]})

        assert found["Customer"].is_missing
        assert "Publish page 21 as CustomerCard" in found["Customer"].how_to
        assert not found["Item"].is_missing


def _of_nav(**changes: Any) -> Callable[[Bench], NavFinding]:
    return lambda bench: nav_look(bench.nav(**changes))


def _nobody(bench: Bench) -> NavFinding:
    return nav_look(bench.nav(address=free_port_address(bench.answers.nav.address)))


def _wrong_instance(bench: Bench) -> NavFinding:
    return nav_look(bench.nav(address=bench.answers.nav.address.replace("DynamicsNAV100", "NAV2")))


def _with_fault(**do: Any) -> Callable[[Bench], NavFinding]:
    def look(bench: Bench) -> NavFinding:
        bench.stand_ins.faults("nav", {"id": "f", "path": ".", "do": do})
        return nav_look(bench.nav())

    return look


def _windows(kind: str) -> Callable[[Bench], NavFinding]:
    def look(bench: Bench) -> NavFinding:
        bench.stand_ins.do("nav", "auth", {"kind": kind})
        try:
            return nav_look(bench.nav())
        finally:
            bench.stand_ins.do("nav", "auth", {"kind": "basic"})

    return look


def _services_off(bench: Bench) -> NavFinding:
    bench.stand_ins.do("nav", "state", {"state": "services_off"})
    try:
        return nav_look(bench.nav())
    finally:
        bench.stand_ins.do("nav", "state", {"state": "running"})


def _is_sales(bench: Bench) -> NavFinding:
    return nav_look(bench.nav(address=f"{bench.answers.sales.address}/NAV/ODataV4"))


NAV_TROUBLE: dict[str, tuple[Callable[[Bench], NavFinding], str, str]] = {
    "nobody listens": (_nobody, "unreachable", "cannot be reached"),
    "wrong instance": (_wrong_instance, "wrong_instance", "nothing answers under /NAV2/ODataV4/Company"),
    "unknown certificate": (_of_nav(ca_file=""), "certificate", "authority that is not known here"),
    "key refused": (
        _of_nav(secret="bm90IHRoZSBrZXk="),
        "Authentication_InvalidCredentials",
        "refuses user and web service",
    ),
    "Windows sign-in only": (_windows("windows"), "windows_only", "Credential Type to NavUserPassword"),
    "NTLM only": (_windows("ntlm"), "windows_only", "Credential Type to NavUserPassword"),
    "a proxy's page": (_with_fault(html=True), "html", "web page instead of data"),
    "services switched off": (_services_off, "405", "OData services are switched off"),
    "private host": (
        _of_nav(address="https://10.1.2.3:7048/NAV"),
        "address_private",
        "ALLOWED_PRIVATE_HOSTS=10.1.2.3:7048",
    ),
    "metadata service": (_of_nav(address="https://169.254.169.254/NAV"), "address_refused", "metadata service"),
    "http": (_of_nav(address="http://192.0.2.9:7048/NAV"), "address_http", "Use https"),
    "no address": (_of_nav(address="our NAV"), "address_form", "not the address of a NAV server"),
}


class TestTroubleWithNav:
    """`nav_look` never raises: it says what is wrong and what to do."""

    @pytest.mark.parametrize("case", NAV_TROUBLE)
    def test_is_told_in_a_sentence(self, bench: Bench, case: str) -> None:
        look, code, words = NAV_TROUBLE[case]

        finding = look(bench)

        assert finding.code == code, finding
        assert words in finding.problem
        assert finding.problem.endswith(".")
        assert not finding.ok
        assert finding.companies == []
        assert finding.offers_only_windows is (code == "windows_only")

    def test_windows_sign_in_says_which_server_setting_to_change(self, bench: Bench) -> None:
        finding = _windows("windows")(bench)

        assert "ClientServicesCredentialType -KeyValue NavUserPassword" in finding.todo


class TestSales:
    """`sales_look` at an environment that is well."""

    def test_finds_tenant_and_authority_without_credentials(self, bench: Bench) -> None:
        finding = sales_look(
            bench.sales(secret="", authority="", address=f"{bench.answers.sales.address}/main.aspx?x=1")
        )

        assert finding.ok, finding.problem
        assert finding.address == bench.answers.sales.address
        assert finding.authority == bench.answers.sales.authority
        assert finding.authority.endswith(f"/{finding.tenant}")
        assert not finding.signed_in

    def test_signs_in_and_says_where_it_is(self, bench: Bench) -> None:
        finding = sales_look(bench.sales(authority=""))

        assert finding.ok, finding.problem
        assert (finding.organization, finding.base_currency, finding.signed_in) == ("contoso", "GBP", True)
        assert finding.version.startswith("9.")
        assert finding.user_id
        assert not Connection.objects.exists()

    def test_signs_in_with_user_and_password(self, bench: Bench) -> None:
        person = bench.stand_ins.ready["crm"]["integration"]

        finding = sales_look(bench.sales(auth_kind="password", user=person["user"], secret=person["password"]))

        assert finding.ok, finding.problem
        assert finding.user_name == "NAV Integration"


def _of_sales(**changes: Any) -> Callable[[Bench], SalesFinding]:
    return lambda bench: sales_look(bench.sales(**changes))


def _other_tenant(bench: Bench) -> SalesFinding:
    base = bench.answers.sales.authority.rpartition("/")[0]
    return sales_look(bench.sales(authority=f"{base}/{uuid.UUID(int=7)}"))


def _wrong_password(bench: Bench) -> SalesFinding:
    person = bench.stand_ins.ready["crm"]["integration"]
    return sales_look(bench.sales(auth_kind="password", user=person["user"], secret="wrong"))


def _no_one(bench: Bench) -> SalesFinding:
    return sales_look(bench.sales(address=free_port_address(bench.answers.sales.address)))


def _nav_instead(bench: Bench) -> SalesFinding:
    return sales_look(bench.sales(address=bench.answers.nav.address))


def _page(bench: Bench) -> SalesFinding:
    bench.stand_ins.faults("crm", {"id": "f", "path": "WhoAmI", "do": {"html": True}})
    return sales_look(bench.sales())


def _not_a_member(bench: Bench) -> SalesFinding:
    stranger = str(uuid.UUID(int=11))
    bench.stand_ins.do("crm", "application", {"client_id": stranger, "client_secret": "stranger", "name": "Stranger"})
    return sales_look(bench.sales(client_id=stranger, secret="stranger"))


SALES_TROUBLE: dict[str, tuple[Callable[[Bench], SalesFinding], str]] = {
    "wrong tenant": (_other_tenant, "does not know the tenant"),
    "wrong secret": (_of_sales(secret="not the secret"), "client secret or certificate is wrong"),
    "wrong password": (_wrong_password, "User name or password is wrong"),
    "unknown application": (_of_sales(client_id=str(uuid.UUID(int=9))), "application id is not known in this tenant"),
    "application without a user there": (_not_a_member, "but not to this environment"),
    "nobody listens": (_no_one, "cannot be reached"),
    "unknown certificate": (_of_sales(ca_file=""), "authority that is not known here"),
    "not an environment": (_nav_instead, "is no Sales environment"),
    "a proxy's page": (_page, "web page instead of data"),
    "private host": (_of_sales(address="https://10.1.2.3"), "ALLOWED_PRIVATE_HOSTS=10.1.2.3:443"),
    "no address": (_of_sales(address="ftp://x"), "begins with ftp"),
}


class TestTroubleWithSales:
    """`sales_look` never raises: it says what is wrong."""

    @pytest.mark.parametrize("case", SALES_TROUBLE)
    def test_is_told_in_a_sentence(self, bench: Bench, case: str) -> None:
        look, words = SALES_TROUBLE[case]

        finding = look(bench)

        assert words in finding.problem, finding
        assert finding.problem.endswith(".")
        assert finding.code
        assert not finding.signed_in

    def test_a_wrong_tenant_is_told_beside_the_right_one(self, bench: Bench) -> None:
        finding = _other_tenant(bench)

        assert finding.tenant in finding.todo
        assert str(uuid.UUID(int=7)) in finding.todo

"""Addresses as people paste them, the object pack, and pages told by their fields: no server is asked."""

import io
import zipfile

import pytest

from connector.errors import ConfigurationError
from connector.nav.metadata import FieldInfo, ServiceInfo
from connector.probe import authority_of, clock_difference
from setup_wizard.discovery.nav import nav_address, services_match
from setup_wizard.discovery.pack import object_pack_file, web_services_file
from setup_wizard.discovery.pages import SIGNATURES
from setup_wizard.discovery.sales import address_reduce
from sync.defaults import SERVICES

NAV_ADDRESSES = {
    "https://nav:7048/NAV/ODataV4": ("https://nav:7048/NAV/ODataV4", ""),
    "https://nav:7048/NAV/ODataV4/": ("https://nav:7048/NAV/ODataV4", ""),
    " nav.house.nl:7048/DynamicsNAV100 ": ("https://nav.house.nl:7048/DynamicsNAV100/ODataV4", ""),
    "https://nav:7048/NAV/ODataV4/Company('CRONUS')/CustomerCard?$top=1": ("https://nav:7048/NAV/ODataV4", ""),
    "https://nav:7048/NAV/OData/": ("https://nav:7048/NAV/ODataV4", ""),
    "https://nav:7047/NAV/WS/CRONUS/Page/Customer": ("https://nav:7048/NAV/ODataV4", ""),
    "http://nav:7048/NAV/ODataV4": ("http://nav:7048/NAV/ODataV4", ""),
    "https://somebody:secret@nav:7048/NAV/ODataV4": ("https://nav:7048/NAV/ODataV4", ""),
    "https://bc:7048/BC/ODataV4": ("https://bc:7048/BC", "bc"),
    "https://bc:7048/BC140/api/v2.0": ("https://bc:7048/BC140", "bc"),
    "https://businesscentral.dynamics.com/contoso.com/Production?company=X": (
        "https://api.businesscentral.dynamics.com/v2.0/contoso.com/Production",
        "bc",
    ),
    "https://api.businesscentral.dynamics.com/v2.0/1234/Sandbox/ODataV4/Company('X')": (
        "https://api.businesscentral.dynamics.com/v2.0/1234/Sandbox",
        "bc",
    ),
}


class TestAddressOfNav:
    """What is kept of what a person pastes."""

    @pytest.mark.parametrize("text", NAV_ADDRESSES)
    def test_is_the_root_of_its_services(self, text: str) -> None:
        assert nav_address(text) == NAV_ADDRESSES[text]

    @pytest.mark.parametrize(
        "text", ["", "ftp://nav/NAV", "https://", "https://nav:abc/NAV", "https://nav:7048/ODataV4"]
    )
    def test_that_names_no_server_or_instance_is_refused_with_an_example(self, text: str) -> None:
        with pytest.raises(ConfigurationError, match="https://server:7048/INSTANCE/ODataV4"):
            nav_address(text)


SALES_ADDRESSES = {
    "https://contoso.crm4.dynamics.com": ("https://contoso.crm4.dynamics.com", False),
    "https://contoso.crm4.dynamics.com/": ("https://contoso.crm4.dynamics.com", False),
    "  https://contoso.crm4.dynamics.com/main.aspx?appid=1&pagetype=dashboard#x ": (
        "https://contoso.crm4.dynamics.com",
        True,
    ),
    "contoso.crm4.dynamics.com": ("https://contoso.crm4.dynamics.com", True),
    "https://CONTOSO.crm4.dynamics.com:443/x": ("https://contoso.crm4.dynamics.com", True),
    "https://crm.house.nl:5555/org": ("https://crm.house.nl:5555", True),
    "http://crm/org/": ("http://crm", True),
    "https://a:b@contoso.crm4.dynamics.com": ("https://contoso.crm4.dynamics.com", True),
    "": ("", False),
}


class TestAddressOfSales:
    """Reference 3.2."""

    @pytest.mark.parametrize("text", SALES_ADDRESSES)
    def test_is_scheme_and_host(self, text: str) -> None:
        found = address_reduce(text)

        assert (found.address, found.is_reduced) == SALES_ADDRESSES[text]
        assert not found.problem

    def test_with_another_scheme_is_refused_by_name(self) -> None:
        assert "begins with ftp" in address_reduce("ftp://contoso.crm4.dynamics.com").problem

    @pytest.mark.parametrize("text", ["https://", "https:// contoso", "https://contoso:port"])
    def test_without_a_host_is_refused(self, text: str) -> None:
        assert "not the address of a Sales environment" in address_reduce(text).problem


class TestChallenge:
    """What the first answer tells."""

    def test_names_authority_and_tenant(self) -> None:
        address = "https://login.microsoftonline.com/1234-5678/oauth2/authorize"

        assert authority_of(address) == ("https://login.microsoftonline.com/1234-5678", "1234-5678")
        assert authority_of("nonsense") == authority_of("") == ("", "")

    def test_an_odd_date_is_no_clock(self) -> None:
        assert clock_difference("yesterday") is None
        assert clock_difference("") is None


def service(name: str, key: str, fields: str, *, updatable: bool = True) -> ServiceInfo:
    """Return a published service."""
    names = [*key.split(), *fields.split()]
    properties = {field: FieldInfo(field, "Edm.String", 50, editable=True) for field in names}
    return ServiceInfo(name, tuple(key.split()), properties, updatable=updatable)


class TestPages:
    """Which table a published page shows."""

    def test_there_is_a_signature_for_every_table(self) -> None:
        assert set(SIGNATURES) == set(SERVICES)

    def test_is_told_by_its_fields_whatever_its_name(self) -> None:
        published = {
            "Klanten": service("Klanten", "No", "Name Credit_Limit_LCY E_Mail"),
            "Leveranciers": service("Leveranciers", "No", "Name Vendor_Posting_Group E_Mail"),
            "Valuta": service("Valuta", "Code", "Description ExchangeRateDate"),
            "Landen": service("Landen", "Code", "Description"),
        }

        found = {finding.table: finding for finding in services_match(published, ["CUSTOMER", "CURRENCY"])}

        assert found["Customer"].published_as == "Klanten"
        assert found["Currency"].published_as == "Valuta"
        assert found["Customer"].others == []

    def test_a_familiar_name_with_other_fields_is_not_taken(self) -> None:
        published = {"CustomerCard": service("CustomerCard", "No", "Search_Name Vendor_Posting_Group")}

        [_ledger, customer] = [
            f for f in services_match(published, ["CUSTOMER"]) if f.table in ("Customer", "GeneralLedgerSetup")
        ]

        assert {_ledger.is_missing, customer.is_missing} == {True}

    def test_the_page_that_shows_more_and_can_be_written_comes_first(self) -> None:
        published = {
            "A": service("A", "No", "Name Credit_Limit_LCY", updatable=False),
            "B": service("B", "No", "Name Credit_Limit_LCY"),
            "C": service("C", "No", "Name Credit_Limit_LCY E_Mail Phone_No", updatable=False),
        }

        [finding] = [f for f in services_match(published, ["CUSTOMER"]) if f.table == "Customer"]

        assert (finding.published_as, finding.others) == ("C", ["B", "A"])

    def test_what_a_person_chose_wins(self) -> None:
        published = {
            "CustomerCard": service("CustomerCard", "No", "Name Credit_Limit_LCY"),
            "Mine": service("Mine", "No", "Name"),
        }

        [finding] = [
            f for f in services_match(published, ["CUSTOMER"], chosen={"Customer": "Mine"}) if f.table == "Customer"
        ]

        assert (finding.published_as, finding.others) == ("Mine", ["CustomerCard"])

    def test_a_missing_page_is_named_with_its_number_and_how_to_publish_it(self) -> None:
        [finding] = [f for f in services_match({}, ["CUSTOMER"]) if f.table == "Customer"]

        assert finding.is_missing
        assert (finding.page_number, finding.service_name) == (21, "CustomerCard")
        assert "Publish page 21 as CustomerCard" in finding.how_to
        assert "page 50100 of the object pack as ConnectorCustomer" in finding.how_to
        assert finding.needed_for == ["CUSTOMER"]

    def test_a_code_table_like_any_other_needs_a_word_in_its_name(self) -> None:
        published = {
            "Gebieden": service("Gebieden", "Code", "Description"),
            "Verzendwijzen": service("Verzendwijzen", "Code", "Description"),
        }

        [finding] = [f for f in services_match(published, ["SHIPMENT METHOD"]) if f.table == "ShipmentMethod"]

        assert (finding.published_as, finding.others) == ("Verzendwijzen", [])


class TestObjectPack:
    """What can be downloaded."""

    def test_holds_every_page_of_the_services_list(self) -> None:
        packed, name = object_pack_file()
        names = zipfile.ZipFile(io.BytesIO(packed)).namelist()
        rows, file = web_services_file()
        listed = [line.split("\t") for line in rows.decode().splitlines()[1:]]

        assert (name, file) == ("nav-sales-connector-cal.zip", "web-services.txt")
        assert "web-services.txt" in names
        for _kind, number, service_name, _published in listed:
            assert f"cal/Page{number}.{service_name}.txt" in names

    def test_agrees_with_the_page_numbers_that_the_wizard_names(self) -> None:
        rows, _file = web_services_file()
        listed = {line.split("\t")[2]: int(line.split("\t")[1]) for line in rows.decode().splitlines()[1:]}

        assert listed == {f"Connector{page.table}": page.pack_page_number for page in SIGNATURES.values()}

    def test_is_the_same_bytes_each_time_and_al_for_business_central(self) -> None:
        packed, name = object_pack_file("bc")

        assert name == "nav-sales-connector-al.zip"
        assert "al/ConnectorPages.al" in zipfile.ZipFile(io.BytesIO(packed)).namelist()
        assert object_pack_file("bc")[0] == packed
        assert web_services_file("bc")[1] == "WebServices.xml"

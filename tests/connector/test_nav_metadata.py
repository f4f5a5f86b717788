"""What NAV's `$metadata` says, read from a sample."""

from collections.abc import Callable

import orjson
import pytest

from connector.errors import ServerUnavailable
from connector.nav.metadata import FieldInfo, ServiceInfo, service_from_json, services_of


@pytest.fixture
def services(sample: Callable[[str], bytes]) -> dict[str, ServiceInfo]:
    """The sample's page services."""
    return services_of(sample("nav/metadata.xml"))


class TestServices:
    def test_are_the_entity_sets_whose_type_is_declared(self, services: dict[str, ServiceInfo]) -> None:
        assert list(services) == ["CustomerCard", "SalesPrices", "Salespersons", "GeneralLedgerSetup"]

    def test_keep_their_key_in_order_with_its_types(self, services: dict[str, ServiceInfo]) -> None:
        prices = services["SalesPrices"]

        assert prices.key == ("Item_No", "Sales_Type", "Sales_Code", "Starting_Date", "Minimum_Quantity")
        assert prices.key_types["Starting_Date"] == "Edm.Date"
        assert prices.key_types["Minimum_Quantity"] == "Edm.Decimal"

    def test_know_lengths_and_what_may_be_edited(self, services: dict[str, ServiceInfo]) -> None:
        fields = services["CustomerCard"].properties

        assert fields["No"] == FieldInfo("No", "Edm.String", 20, True)
        assert fields["Balance_LCY"] == FieldInfo("Balance_LCY", "Edm.Decimal", None, False)
        assert fields["Blocked"].max_length is None
        assert "Salesperson_Code_Link" not in fields

    @pytest.mark.parametrize(
        ("name", "may"),
        [
            pytest.param("CustomerCard", (True, True, True), id="nothing said"),
            pytest.param("SalesPrices", (True, True, True), id="said to be allowed"),
            pytest.param("Salespersons", (False, False, False), id="a list page, with more properties beside"),
        ],
    )
    def test_know_what_the_page_allows(
        self, services: dict[str, ServiceInfo], name: str, may: tuple[bool, bool, bool]
    ) -> None:
        info = services[name]

        assert (info.insertable, info.updatable, info.deletable) == may

    def test_survive_their_json(self, services: dict[str, ServiceInfo]) -> None:
        for info in services.values():
            assert service_from_json(orjson.loads(orjson.dumps(info.to_json()))) == info


class TestDocument:
    @pytest.mark.parametrize(
        "document",
        [
            b"",
            b"<edmx:Edmx",
            b"<html><body><br></body></html>",
            b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><x>&a;</x>',
            b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><x>&b;</x>',
        ],
        ids=["empty", "cut", "a page", "a file entity", "growing entities"],
    )
    def test_that_cannot_be_read_is_refused(self, document: bytes) -> None:
        with pytest.raises(ServerUnavailable) as caught:
            services_of(document)

        assert caught.value.code == "metadata_unreadable"

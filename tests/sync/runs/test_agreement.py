"""What agreed and has not moved since is passed over; whatever a comparison looks at makes it look again."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from connector.models import Connection
from sync.models import Coupling, IntegrationFieldMapping, IntegrationTableMapping, OptionMapping
from sync.services.planning import ChunkPlanner
from tests.sync.runs.conftest import Connected

TABLES = ("CURRENCY", "CONTACT", "ITEM-PRODUCT", "CUSTPRCGRP-PRICE", "SALESPRC-PRODPRICE")


@pytest.fixture
def settled(full: Connected) -> Connected:
    """The same once every pair has been compared after the last record of the first run was coupled."""
    full.full()
    return full


@pytest.fixture
def compared(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """Hear of every pair that is compared, as (mapping, ERP key)."""
    heard: list[tuple[str, str]] = []
    compare = ChunkPlanner.compare

    def listening(planner: ChunkPlanner, erp_key: str, *arguments: Any, **options: Any) -> Any:
        heard.append((planner.mapping.name, erp_key))
        return compare(planner, erp_key, *arguments, **options)

    monkeypatch.setattr(ChunkPlanner, "compare", listening)
    return heard


def of(compared: list[tuple[str, str]], name: str) -> list[str]:
    """Return the keys of one mapping."""
    return sorted({key for mapping, key in compared if mapping == name})


def pairs(name: str) -> list[str]:
    """Return the keys of all coupled records of one mapping."""
    return sorted(Coupling.objects.filter(mapping__name=name).values_list("erp_key", flat=True))


def test_what_the_first_run_wrote_is_passed_over_by_the_second(
    full: Connected, compared: list[tuple[str, str]]
) -> None:
    run = full.full()

    assert run.status == "finished", full.errors(run)
    assert {name for name, _key in compared}.isdisjoint(TABLES)
    # A customer without primary contact was compared for good before the contacts, to which it might lead, were there.
    alone = sorted(row["No"] for row in full.servers.nav("Customer") if not row["Primary_Contact_No"])
    assert of(compared, "CUSTOMER") == alone
    assert full.counted(run)["CUSTOMER to"] == {"unchanged": len(pairs("CUSTOMER"))}


def test_an_edit_on_either_side_is_compared_and_nothing_else(
    settled: Connected, compared: list[tuple[str, str]]
) -> None:
    settled.nav.change("ConnectorCustomer", "10000", Address="1 New Street")
    identity = Coupling.objects.get(mapping__name="CUSTOMER", erp_key="20000").crm_id
    settled.sales.change("accounts", identity, address1_city="Delft")

    settled.full()

    assert of(compared, "CUSTOMER") == ["10000", "20000"]
    assert settled.customer("20000")["City"] == "Delft"


def field_off(_full: Connected) -> None:
    IntegrationFieldMapping.objects.filter(mapping__name="CUSTOMER", erp_field="Address_2").update(status="disabled")


def policy(_full: Connected) -> None:
    IntegrationTableMapping.objects.filter(name="CUSTOMER").update(update_conflict="erp")


def option(_full: Connected) -> None:
    terms = OptionMapping.objects.filter(mapping__name="PAYMENT TERMS").first()
    assert terms
    OptionMapping.objects.filter(pk=terms.pk).update(erp_key="ELSE")


def uncoupled(_full: Connected) -> None:
    Coupling.objects.filter(mapping__name="SALESPEOPLE").order_by("pk").first().delete()  # type: ignore[union-attr]


def price_list(_full: Connected) -> None:
    sales = Connection.objects.get(side="crm")
    sales.settings = {**sales.settings, "default_price_list_id": "00000000-0000-4000-8000-000000000009"}
    sales.save()


@pytest.mark.conformance
@pytest.mark.parametrize(
    ("move", "name"),
    [
        (field_off, "CUSTOMER"),
        (policy, "CUSTOMER"),
        (option, "CUSTOMER"),
        (uncoupled, "CUSTOMER"),
        (price_list, "ITEM-PRODUCT"),
    ],
)
def test_a_change_of_what_is_around_makes_every_pair_compared(
    settled: Connected, compared: list[tuple[str, str]], move: Callable[[Connected], None], name: str
) -> None:
    move(settled)

    settled.full(name, preview=True)

    assert of(compared, name) == pairs(name)


@pytest.mark.conformance
def test_a_new_exchange_rate_makes_the_currencies_compared(settled: Connected, compared: list[tuple[str, str]]) -> None:
    day = (timezone.localdate() - timedelta(days=1)).isoformat()
    settled.nav.create(
        "ConnectorCurrencyExchangeRate",
        Currency_Code="EUR",
        Starting_Date=day,
        Exchange_Rate_Amount=100,
        Relational_Exch_Rate_Amount=91.5,
    )

    settled.full("CURRENCY")

    assert of(compared, "CURRENCY") == pairs("CURRENCY")
    assert "CUSTOMER" not in {name for name, _key in compared}


@pytest.mark.conformance
def test_another_day_makes_compared_what_depends_on_the_day(
    settled: Connected, compared: list[tuple[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    tomorrow = timezone.localdate() + timedelta(days=1)
    monkeypatch.setattr("sync.services.specs.timezone.localdate", lambda *_arguments: tomorrow)

    settled.full(preview=True)

    assert of(compared, "CURRENCY") == pairs("CURRENCY")
    assert of(compared, "SALESPRC-PRODPRICE") == pairs("SALESPRC-PRODPRICE")
    assert not of(compared, "CUSTOMER")


@pytest.mark.conformance
def test_a_price_beside_it_makes_a_price_compared(settled: Connected, compared: list[tuple[str, str]]) -> None:
    price = settled.servers.nav("SalesPrice")[0]
    settled.nav.create(
        "ConnectorSalesPrice",
        **{
            name: price[name]
            for name in ("Item_No", "Sales_Type", "Sales_Code", "Currency_Code", "Unit_of_Measure_Code", "Variant_Code")
            if name in price
        },
        Starting_Date="2020-01-01",
        Ending_Date="2020-01-31",
        Minimum_Quantity=7,
        Unit_Price=1,
    )

    settled.full("SALESPRC-PRODPRICE", preview=True)

    assert of(compared, "SALESPRC-PRODPRICE") == pairs("SALESPRC-PRODPRICE")


def test_a_pair_with_something_open_is_always_compared(settled: Connected, compared: list[tuple[str, str]]) -> None:
    Coupling.objects.filter(mapping__name="CUSTOMER", erp_key="10000").update(state="failed", reason="Odd.")

    settled.full("CUSTOMER")

    assert of(compared, "CUSTOMER") == ["10000"]
    assert Coupling.objects.get(mapping__name="CUSTOMER", erp_key="10000").state == "in_sync"

"""People edit on both sides: an edit reaches the other side once or is an open conflict; nothing unseen is overwritten."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from sync.choices import LineStage
from sync.models import Coupling, FieldConflict, SynchRun, SynchRunLine
from sync.services.runs import synch_start
from tests.driver import work_off
from tests.sync.oracle.people import SalesUser
from tests.sync.runs.conftest import Connected

CANNON = "10000"
CANNON_NAME = "The Cannon Group PLC"
SELANGORIAN = "20000"


def account(connected: Connected, name: str = CANNON_NAME) -> dict[str, Any]:
    """Return an account as Sales holds it now."""
    return connected.row("account", name=name)


def account_id(connected: Connected, name: str = CANNON_NAME) -> str:
    """Return the id of an account."""
    return str(account(connected, name)["accountid"])


def once_planned(edit: Callable[[], Any]) -> Callable[[], None]:
    """Return what `work_off` calls between its rounds: it edits once, when the plan is made and nothing is written yet."""
    done: list[bool] = []

    def look() -> None:
        if not done and SynchRunLine.objects.filter(stage=LineStage.APPLY).exists():
            done.append(True)
            edit()

    return look


def assert_no_ping_pong(connected: Connected, *names: str) -> None:
    """A further run has nothing to write."""
    before = connected.written()

    run = connected.synch(*names)

    assert run.status in ("finished", "finished_with_errors")
    assert connected.written() == before


class TestOneEditOnEachSide:
    """A customer in NAV and another one's account in Sales."""

    def test_exactly_these_two_rows_move_and_then_nothing(self, customers: Connected) -> None:
        second = customers.customer(SELANGORIAN)["Name"]
        customers.nav.change("ConnectorCustomer", CANNON, Address="1 New Street", City="Leeds")
        customers.sales.change("accounts", account_id(customers, second), telephone1="+44 7", name=f"{second} & Sons")
        customers.stand_ins.reset()

        run = customers.synch("CUSTOMER")

        assert run.status == "finished", customers.errors(run)
        assert customers.acted(run) == {"CUSTOMER to": {"modified": 1}, "CUSTOMER from": {"modified": 1}}
        assert customers.rows_written("crm") == {"account": 1}
        assert customers.rows_written("nav")["Customer"] == 1
        assert sum("PATCH" in request for request in customers.write_requests()) == 1  # Sales is written in a batch
        assert account(customers)["address1_line1"] == "1 New Street"
        assert account(customers)["address1_city"] == "Leeds"
        assert customers.customer(SELANGORIAN)["Phone_No"] == "+44 7"
        assert customers.customer(SELANGORIAN)["Name"] == f"{second} & Sons"
        assert_no_ping_pong(customers, "CUSTOMER")
        assert customers.synch("CUSTOMER").status == "finished"
        people = [("Contact", (row["No"],)) for row in customers.servers.nav("Contact")]
        assert customers.differences(people, tables=["account"]) == []

    def test_a_cleared_field_is_cleared_on_the_other_side(self, customers: Connected) -> None:
        customers.nav.change("ConnectorCustomer", CANNON, Home_Page="")
        customers.sales.change("accounts", account_id(customers), emailaddress1=None)

        customers.synch("CUSTOMER")

        assert account(customers).get("websiteurl") is None
        assert customers.customer(CANNON)["E_Mail"] == ""
        assert_no_ping_pong(customers, "CUSTOMER")


class TestBothSidesOfOnePair:
    """The same customer is edited in both systems between two runs."""

    def test_different_fields_both_flow(self, customers: Connected) -> None:
        customers.nav.change("ConnectorCustomer", CANNON, Address="1 New Street")
        customers.sales.change("accounts", account_id(customers), telephone1="+44 7")
        customers.stand_ins.reset()

        run = customers.synch("CUSTOMER")

        assert customers.acted(run) == {"CUSTOMER to": {"modified": 1}, "CUSTOMER from": {"modified": 1}}
        assert (account(customers)["address1_line1"], account(customers)["telephone1"]) == ("1 New Street", "+44 7")
        assert (customers.customer(CANNON)["Address"], customers.customer(CANNON)["Phone_No"]) == (
            "1 New Street",
            "+44 7",
        )
        assert_no_ping_pong(customers, "CUSTOMER")

    def test_the_same_field_is_one_open_conflict_and_the_other_fields_flow(self, customers: Connected) -> None:
        customers.nav.change("ConnectorCustomer", CANNON, Address="NAV Street", City="Leeds")
        customers.sales.change("accounts", account_id(customers), address1_line1="Sales Street", telephone1="+44 7")

        run = customers.synch("CUSTOMER")

        conflict = FieldConflict.objects.get()
        assert (conflict.field, conflict.state) == ("address1_line1", "open")
        assert (conflict.erp_value, conflict.crm_value) == ("NAV Street", "Sales Street")
        assert conflict.baseline == "192 Market Square"
        assert customers.customer(CANNON)["Address"] == "NAV Street"
        assert account(customers)["address1_line1"] == "Sales Street"
        assert account(customers)["address1_city"] == "Leeds"
        assert customers.customer(CANNON)["Phone_No"] == "+44 7"
        assert customers.acted(run)["CUSTOMER to"]["conflicts"] == 1
        assert Coupling.objects.get(mapping__name="CUSTOMER", erp_key=CANNON).state == "conflict"
        assert_no_ping_pong(customers, "CUSTOMER")
        customers.full("CUSTOMER")
        assert FieldConflict.objects.filter(state="open").count() == 1

    def test_a_conflict_that_people_settle_by_equal_values_closes(self, customers: Connected) -> None:
        customers.nav.change("ConnectorCustomer", CANNON, Address="NAV Street")
        customers.sales.change("accounts", account_id(customers), address1_line1="Sales Street")
        customers.synch("CUSTOMER")
        customers.nav.change("ConnectorCustomer", CANNON, Address="Sales Street")

        run = customers.synch("CUSTOMER")

        assert run.status == "finished", customers.errors(run)
        assert not FieldConflict.objects.filter(state="open").exists()
        assert Coupling.objects.get(mapping__name="CUSTOMER", erp_key=CANNON).state == "in_sync"

    def test_edits_to_equal_values_move_the_baseline_without_a_write(self, customers: Connected) -> None:
        customers.nav.change("ConnectorCustomer", CANNON, Address="1 New Street")
        customers.sales.change("accounts", account_id(customers), address1_line1="1 New Street")
        customers.stand_ins.reset()

        run = customers.synch("CUSTOMER")

        assert (customers.written(), customers.acted(run)) == ((0, 0), {})
        customers.sales.change("accounts", account_id(customers), address1_line1="2 New Street")
        customers.synch("CUSTOMER")
        assert customers.customer(CANNON)["Address"] == "2 New Street"
        assert not FieldConflict.objects.exists()


class TestWhoEdited:
    """An edit is recognised by its values, never by its author."""

    def test_an_edit_under_the_connector_s_own_user_is_taken(self, customers: Connected) -> None:
        SalesUser(customers.stand_ins, None).change("accounts", account_id(customers), telephone1="+44 8")

        customers.synch("CUSTOMER")

        assert customers.customer(CANNON)["Phone_No"] == "+44 8"

    def test_a_write_that_changes_no_mapped_value_is_no_change(self, customers: Connected) -> None:
        customers.sales.change("accounts", account_id(customers), description="Called them.", revenue=1000)
        customers.nav.change("ConnectorCustomer", CANNON, Search_Name="SOMETHING")
        customers.stand_ins.reset()

        run = customers.synch("CUSTOMER")

        assert (customers.written(), customers.acted(run)) == ((0, 0), {})


class TestOneWayFields:
    """A field that only flows to Sales is edited there."""

    def test_it_is_left_alone_and_overwritten_at_the_next_change_of_its_source(self, customers: Connected) -> None:
        customers.sales.change("accounts", account_id(customers), creditlimit=7, address1_country="France")
        customers.stand_ins.reset()

        run = customers.synch("CUSTOMER")

        assert run.status == "finished", customers.errors(run)
        assert customers.written() == (0, 0)
        assert (account(customers)["creditlimit"], account(customers)["address1_country"]) == (7, "France")
        customers.nav.change("ConnectorCustomer", CANNON, Credit_Limit_LCY=900)
        customers.synch("CUSTOMER")
        assert (account(customers)["creditlimit"], account(customers)["address1_country"]) == (900, "France")
        assert customers.customer(CANNON)["Country_Region_Code"] == "GB"


class TestReferences:
    """Fields that name another record."""

    def test_owner_terms_and_primary_contact_flow(self, full: Connected) -> None:
        servers = full.servers
        person = next(
            row
            for row in servers.sales("contact")
            if row["_parentcustomerid_value"] == account_id(full)
            and row["contactid"] != account(full)["_primarycontactid_value"]
        )
        otis = full.row("systemuser", fullname="Otis Falls")["systemuserid"]
        full.nav.change("ConnectorCustomer", CANNON, Payment_Terms_Code="30 DAYS", Shipping_Agent_Code="UPS")
        full.sales.change(
            "accounts",
            account_id(full),
            **{
                "ownerid@odata.bind": f"/systemusers({otis})",
                "primarycontactid@odata.bind": f"/contacts({person['contactid']})",
            },
        )

        run = full.synch("CUSTOMER")

        assert run.status == "finished", full.errors(run)
        assert full.customer(CANNON)["Salesperson_Code"] == "OF"
        number = Coupling.objects.get(mapping__name="CONTACT", crm_id=person["contactid"]).erp_key
        assert full.customer(CANNON)["Primary_Contact_No"] == number
        assert_no_ping_pong(full)
        assert full.differences() == []

    def test_a_new_customer_with_a_new_contact_is_born_whole(self, full: Connected) -> None:
        customer = full.nav.create("ConnectorCustomer", Name="Newcomers Ltd.", City="York", Salesperson_Code="JO")
        number = customer["No"]
        run = full.full()

        assert run.status == "finished", full.errors(run)
        assert full.acted(run).get("CUSTOMER to", {}).get("inserted") == 1, full.acted(run)
        assert full.customer(number)["Name"] == "Newcomers Ltd."
        assert full.differences() == []


class TestProducts:
    """Items with their price list and their state."""

    def test_a_new_price_reaches_the_product_and_the_default_price_list(self, full: Connected) -> None:
        full.nav.change("ConnectorItem", "1000", Unit_Price=4100.5, Description="Bicycle, red")
        full.stand_ins.reset()

        run = full.synch("ITEM-PRODUCT")

        assert run.status == "finished", full.errors(run)
        assert full.acted(run) == {"ITEM-PRODUCT to": {"modified": 1}}
        assert full.stand_ins.stats("crm")["rows"]["product"]["updated"] == 1
        assert full.stand_ins.stats("crm")["rows"]["productpricelevel"]["updated"] == 1
        assert full.differences() == []
        assert_no_ping_pong(full, "ITEM-PRODUCT")

    def test_a_blocked_item_s_product_is_retired_and_comes_back(self, full: Connected) -> None:
        full.nav.change("ConnectorItem", "1000", Blocked=True)
        retired = full.synch("ITEM-PRODUCT")
        assert retired.status == "finished", full.errors(retired)
        assert full.row("product", productnumber="1000")["statecode"] == 1
        assert_no_ping_pong(full, "ITEM-PRODUCT")

        full.nav.change("ConnectorItem", "1000", Blocked=False, Unit_Price=4001)
        back = full.synch("ITEM-PRODUCT")

        assert back.status == "finished", full.errors(back)
        assert full.row("product", productnumber="1000")["statecode"] == 0
        assert full.differences() == []
        assert_no_ping_pong(full, "ITEM-PRODUCT")

    @pytest.mark.conformance
    def test_a_product_retired_in_sales_blocks_its_item(self, full: Connected) -> None:
        product = full.row("product", productnumber="1000")["productid"]
        full.sales.change("products", product, statecode=1, statuscode=2)

        run = full.synch("ITEM-PRODUCT")

        assert run.status == "finished", full.errors(run)
        [item] = [row for row in full.servers.nav("Item") if row["No"] == "1000"]
        assert item["Blocked"] is True
        assert_no_ping_pong(full, "ITEM-PRODUCT")

    def test_a_new_sales_price_and_a_changed_one_follow(self, full: Connected) -> None:
        [price] = [
            row for row in full.servers.nav("SalesPrice") if (row["Item_No"], row["Sales_Code"]) == ("1920-S", "VIP")
        ]
        full.nav.create(
            "ConnectorSalesPrice",
            **{name: price[name] for name in ("Sales_Type", "Sales_Code", "Starting_Date", "Unit_of_Measure_Code")},
            Item_No="1000",
            Unit_Price=3900,
        )

        run = full.synch("SALESPRC-PRODPRICE")

        assert run.status == "finished", full.errors(run)
        assert full.acted(run) == {"SALESPRC-PRODPRICE to": {"inserted": 1}}
        assert full.differences() == []


class TestCodesAndCurrencies:
    """What changes seldom."""

    def test_a_new_rate_a_new_unit_and_a_new_code_follow(self, full: Connected) -> None:
        full.nav.create(
            "ConnectorCurrencyExchangeRate",
            Currency_Code="EUR",
            Starting_Date="2020-01-01",
            Exchange_Rate_Amount=100,
            Relational_Exch_Rate_Amount=80,
        )
        full.nav.create("ConnectorUnitOfMeasure", Code="KEG", Description="Keg")
        full.nav.create("ConnectorPaymentTerms", Code="45 DAYS", Description="Net 45 days")
        full.nav.change("ConnectorCurrency", "USD", Description="Greenback")

        run = full.full("CURRENCY", "UNIT OF MEASURE", "PAYMENT TERMS")

        assert run.status == "finished", full.errors(run)
        assert full.acted(run) == {
            "CURRENCY to": {"modified": 2},
            "UNIT OF MEASURE to": {"inserted": 1},
            "PAYMENT TERMS to": {"inserted": 1},
        }
        assert full.differences() == []
        assert Decimal(str(full.row("transactioncurrency", isocurrencycode="EUR")["exchangerate"])) == Decimal("1.25")

    def test_a_renamed_unit_and_a_renamed_customer_make_no_twin(self, full: Connected) -> None:
        full.stand_ins.do("nav", "rename", {"table": "UnitOfMeasure", "from": "CAN", "to": "TIN"})
        full.stand_ins.do("nav", "rename", {"table": "Customer", "from": CANNON, "to": "10001"})
        names = [row["name"] for row in full.servers.sales("account")]

        run: SynchRun = full.full()

        assert run.status in ("finished", "finished_with_errors"), full.errors(run)
        assert sorted(row["name"] for row in full.servers.sales("account")) == sorted(names)


class TestAnEditInMidRun:
    """Somebody writes between the comparison and the write."""

    def test_in_sales_another_field_is_kept_and_flows(self, customers: Connected) -> None:
        customers.nav.change("ConnectorCustomer", CANNON, Address="1 New Street")

        run = work_off(
            synch_start(user="test", mappings=["CUSTOMER"]),
            between=once_planned(lambda: customers.sales.change("accounts", account_id(customers), telephone1="+44 7")),
        )

        assert run.status == "finished", customers.errors(run)
        assert (account(customers)["address1_line1"], account(customers)["telephone1"]) == ("1 New Street", "+44 7")
        customers.synch("CUSTOMER")
        assert customers.customer(CANNON)["Phone_No"] == "+44 7"
        assert_no_ping_pong(customers, "CUSTOMER")

    def test_in_sales_the_same_field_is_a_conflict(self, customers: Connected) -> None:
        customers.nav.change("ConnectorCustomer", CANNON, Address="NAV Street")

        work_off(
            synch_start(user="test", mappings=["CUSTOMER"]),
            between=once_planned(
                lambda: customers.sales.change("accounts", account_id(customers), address1_line1="Sales Street")
            ),
        )

        assert FieldConflict.objects.get().field == "address1_line1"
        assert account(customers)["address1_line1"] == "Sales Street"
        assert customers.customer(CANNON)["Address"] == "NAV Street"

    def test_in_nav_nothing_is_overwritten(self, customers: Connected) -> None:
        customers.sales.change("accounts", account_id(customers), address1_line1="Sales Street")

        work_off(
            synch_start(user="test", mappings=["CUSTOMER"]),
            between=once_planned(lambda: customers.nav.change("ConnectorCustomer", CANNON, Address="NAV Street")),
        )

        assert customers.customer(CANNON)["Address"] == "NAV Street"
        customers.synch("CUSTOMER")
        assert FieldConflict.objects.get().field == "address1_line1"
        assert customers.customer(CANNON)["Address"] == "NAV Street"
        assert account(customers)["address1_line1"] == "Sales Street"

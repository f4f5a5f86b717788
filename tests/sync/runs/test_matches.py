"""What is already in Sales is found before anything is created: coupled, or left for a person, never doubled."""

from collections import Counter
from decimal import Decimal

from sync.models import Coupling, PendingRecord, SynchJobError
from tests.sync.runs.conftest import CUSTOMERS, Connected

HALF = 16


def names(connected: Connected, table: str, column: str = "name") -> Counter[str]:
    """Return how often each name is there."""
    return Counter(str(row.get(column)) for row in connected.servers.sales(table))


def pending(mapping: str, key: str, direction: str = "to") -> PendingRecord:
    """Return what waits for one record."""
    return PendingRecord.objects.get(mapping__name=mapping, key=key, direction=direction)


class TestCustomers:
    """Half of the customers are in Sales already, put there by hand."""

    def test_equal_names_wait_and_nothing_is_doubled(self, connected: Connected) -> None:
        customers = connected.servers.nav("Customer")
        for number, row in enumerate(customers[:HALF]):
            name = row["Name"].upper() if number == 0 else f" {row['Name']} " if number == 1 else row["Name"]
            connected.sales.create("accounts", name=name, customertypecode=3)
        doubled = customers[2]["Name"]
        connected.sales.create("accounts", name=doubled, customertypecode=3)

        run = connected.full(*CUSTOMERS)

        assert run.status == "finished_with_errors"
        found = Counter(name.strip().casefold() for name in names(connected, "account").elements())
        assert {name: count for name, count in found.items() if count > 1} == {doubled.casefold(): 2}
        assert len(found) == len(customers)
        for row in customers[:HALF]:
            waiting = pending("CUSTOMER", row["No"])
            assert waiting.waits
            assert waiting.code == ("several_matches" if row["Name"] == doubled else "possible_match")
            assert row["Name"].casefold() in waiting.message.casefold()
        coupled = set(Coupling.objects.filter(mapping__name="CUSTOMER").values_list("erp_key", flat=True))
        assert coupled == {row["No"] for row in customers[HALF:]}
        assert not [
            row for row in connected.servers.nav("Customer") if row["No"] not in {old["No"] for old in customers}
        ]

        connected.stand_ins.reset()
        again = connected.full(*CUSTOMERS)
        assert connected.written() == (0, 0)
        assert connected.acted(again) == {
            name: {"waiting": counts["waiting"]} for name, counts in connected.acted(run).items() if "waiting" in counts
        }

    def test_an_equal_account_number_couples_where_the_row_is_enabled(self, connected: Connected) -> None:
        from sync.models import IntegrationFieldMapping

        rows = IntegrationFieldMapping.objects.filter(mapping__name="CUSTOMER", crm_field="accountnumber")
        assert rows.update(status="enabled") == 1
        [first, second, *_rest] = connected.servers.nav("Customer")
        one = connected.sales.create(
            "accounts", name="Another name", accountnumber=first["No"], customertypecode=3, telephone1="7"
        )
        two = connected.sales.create("accounts", name=second["Name"], accountnumber=second["No"], customertypecode=3)

        run = connected.full(*CUSTOMERS)

        pairs = dict(Coupling.objects.filter(mapping__name="CUSTOMER").values_list("erp_key", "crm_id"))
        assert (pairs[first["No"]], pairs[second["No"]]) == (one, two)
        assert connected.acted(run)["CUSTOMER to"]["coupled"] == 2
        assert names(connected, "account")[second["Name"]] == 1
        account = connected.row("account", accountid=one)
        assert (account["name"], account["telephone1"]) == (first["Name"], first["Phone_No"])
        connected.stand_ins.reset()
        connected.full(*CUSTOMERS)
        assert connected.written() == (0, 0)

    def test_other_accounts_are_nobody_s_match(self, connected: Connected) -> None:
        name = connected.servers.nav("Customer")[0]["Name"]
        connected.sales.create("accounts", name=name, customertypecode=10)
        asleep = connected.sales.create("accounts", name=name, customertypecode=3)
        connected.sales.change("accounts", asleep, statecode=1, statuscode=2)

        run = connected.full(*CUSTOMERS)

        assert run.status == "finished", connected.errors(run)
        assert names(connected, "account")[name] == 3


class TestContacts:
    """A person is in Sales already, under a customer's account."""

    def test_an_equal_mail_address_waits_and_makes_no_twin_on_either_side(self, connected: Connected) -> None:
        connected.full(*CUSTOMERS)
        account = connected.row("account", name="The Cannon Group PLC")["accountid"]
        connected.sales.create(
            "contacts",
            firstname="A.",
            lastname="Teal",
            emailaddress1="Andy.Teal@contoso.com",
            **{"parentcustomerid_account@odata.bind": f"/accounts({account})"},
        )
        people = len(connected.servers.nav("Contact"))

        run = connected.full("CONTACT")

        assert run.status == "finished_with_errors"
        waiting = pending("CONTACT", "CT000101")
        assert waiting.code == "possible_match"
        mails = Counter(str(row.get("emailaddress1")).casefold() for row in connected.servers.sales("contact"))
        assert mails["andy.teal@contoso.com"] == 1
        assert len(connected.servers.nav("Contact")) == people


class TestProductsUnitsAndCurrencies:
    """Numbers and codes are unique: what is there is coupled by itself."""

    def test_equal_numbers_and_codes_are_coupled_and_faulty_groups_are_named(self, connected: Connected) -> None:
        sales = connected.sales
        euro = sales.create(
            "transactioncurrencies",
            isocurrencycode="EUR",
            currencysymbol="€",
            currencyname="Euro",
            exchangerate=1.1,
            currencyprecision=2,
        )
        good = sales.create("uomschedules", name="NAV PCS", baseuomname="PCS")
        faulty = sales.create("uomschedules", name="NAV CAN", baseuomname="CAN")
        base = connected.row("uom", _uomscheduleid_value=faulty)["uomid"]
        sales.create(
            "uoms",
            name="TRAY",
            quantity=24,
            **{"uomscheduleid@odata.bind": f"/uomschedules({faulty})", "baseuom@odata.bind": f"/uoms({base})"},
        )
        piece = connected.row("uom", _uomscheduleid_value=good)["uomid"]
        bicycle = sales.create(
            "products",
            name="Bicycle, old",
            productnumber="1000",
            quantitydecimal=2,
            **{
                "defaultuomscheduleid@odata.bind": f"/uomschedules({good})",
                "defaultuomid@odata.bind": f"/uoms({piece})",
            },
        )

        run = connected.full()

        assert run.status == "finished_with_errors"
        for mapping, key, crm_id in (
            ("CURRENCY", "EUR", euro),
            ("UNIT OF MEASURE", "PCS", good),
            ("ITEM-PRODUCT", "1000", bicycle),
        ):
            assert Coupling.objects.get(mapping__name=mapping, erp_key=key).crm_id == crm_id
        for table, column in (
            ("transactioncurrency", "isocurrencycode"),
            ("uomschedule", "name"),
            ("product", "productnumber"),
        ):
            assert set(names(connected, table, column).values()) == {1}
        rate = connected.row("transactioncurrency", isocurrencycode="EUR")["exchangerate"]
        assert Decimal(str(rate)) == Decimal("1.5484670177")
        product = connected.row("product", productnumber="1000")
        assert (product["name"], product["price"], product["statecode"]) == ("Bicycle", 4000, 0)
        error = SynchJobError.objects.get(mapping__name="UNIT OF MEASURE")
        assert (error.code, error.erp_key) == ("unit_group_units", "CAN")
        assert "NAV CAN" in error.message
        assert not Coupling.objects.filter(mapping__name="UNIT OF MEASURE", erp_key="CAN").exists()
        waits = SynchJobError.objects.filter(mapping__name="ITEM-PRODUCT").values_list("erp_key", flat=True)
        assert set(waits) == {"70100"}

"""A full synchronization into an empty Sales makes exactly what docs/mappings.md says, field by field."""

from collections.abc import Callable

import pytest

from sync.models import Coupling, OptionMapping
from tests.sync.runs.conftest import Connected


class TestWithTheObjectPack:
    """NAV serves every mapped field."""

    def test_every_row_and_every_field_is_as_the_mappings_say(self, connected: Connected) -> None:
        run = connected.full()

        assert run.status == "finished"
        assert connected.errors(run) == []
        assert connected.differences() == []

    def test_nav_gets_nothing_but_the_salespeople_s_own_facts(self, connected: Connected) -> None:
        before = {row["Code"]: row for row in connected.servers.nav("Salesperson")}

        connected.full()

        stats = connected.stand_ins.stats("nav")["rows"]
        assert {
            table: rows for table, rows in stats.items() if rows["updated"] or rows["inserted"] or rows["deleted"]
        }.keys() <= {"Salesperson"}
        for row in connected.servers.nav("Salesperson"):
            old = before[row["Code"]]
            assert row == {**old, "E_Mail": old["E_Mail"].lower()}

    def test_every_row_is_coupled_once(self, connected: Connected) -> None:
        connected.full()

        servers = connected.servers
        for mapping, table in (("CUSTOMER", "account"), ("CONTACT", "contact"), ("CURRENCY", "transactioncurrency")):
            ids = set(Coupling.objects.filter(mapping__name=mapping).values_list("crm_id", flat=True))
            base = {row["transactioncurrencyid"] for row in servers.sales(table) if row.get("isocurrencycode") == "GBP"}
            assert ids == set(servers.by_id(table)) - base
        assert OptionMapping.objects.count() == sum(
            len(servers.nav(table)) for table in ("PaymentTerms", "ShipmentMethod", "ShippingAgent")
        )
        assert not Coupling.objects.filter(provisional=True).exists()


class TestWithTheStandardPages:
    """NAV shows no counties and no parts of a name: the whole name is split."""

    def test_every_row_and_every_field_is_as_the_mappings_say(self, connected_with: Callable[..., Connected]) -> None:
        connected = connected_with("--objects", "standard")

        run = connected.full()

        assert run.status == "finished"
        assert connected.differences() == []


@pytest.mark.conformance
class TestManyRecords:
    """Several chunks per line."""

    @pytest.mark.parametrize("objects", ["pack", "standard"])
    def test_every_row_and_every_field_is_as_the_mappings_say(
        self, connected_with: Callable[..., Connected], objects: str
    ) -> None:
        numbers = ("--customers", "2500", "--contacts", "2600", "--items", "1200", "--prices", "1500")
        connected = connected_with("--objects", objects, *numbers)

        run = connected.full()

        assert run.status == "finished", str(connected.errors(run)[:3])
        assert connected.differences() == []

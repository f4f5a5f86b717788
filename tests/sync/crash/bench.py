"""A small company, both ways of creating, and the state from which every crash starts anew."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from scripts.stand_ins import StandIns
from tests.sync.crash.lab import Workshop, contents, differences
from tests.sync.crash.people import People

PRICE_LIST = "0b000000-0000-4000-8000-000000000001"
ONLY_IN_SALES = {
    "0a000000-0000-4000-8000-000000000001": ("Fresh Water", {"address1_city": "Delft", "telephone1": "015 1"}),
    "0a000000-0000-4000-8000-000000000002": ("Fresh Bread", {"emailaddress1": "bread@example.com"}),
    "0a000000-0000-4000-8000-000000000003": ("Fresh Fish", {}),
}
PEOPLE_AND_COMPANIES = ("CURRENCY", "PAYMENT TERMS", "SALESPEOPLE", "CUSTOMER", "CONTACT")
GOODS_AND_PRICES = ("CURRENCY", "UNIT OF MEASURE", "ITEM-PRODUCT", "CUSTPRCGRP-PRICE", "SALESPRC-PRODPRICE")
STAND_INS = ("--orders", "0", "--customers", "14", "--contacts", "14", "--items", "12", "--prices", "8")


@dataclass
class Undisturbed:
    """What a run that nobody disturbs makes of the company."""

    contents: dict[str, list[str]]
    pairs: list[Any]
    options: list[Any]
    jobs: dict[str, dict[str, int]]
    events: list[str] = field(repr=False)


class Bench:
    """Both systems and a worker, set up for some mappings."""

    def __init__(self, stand_ins: StandIns, workshop: Workshop, names: tuple[str, ...]) -> None:
        self.stand_ins = stand_ins
        self.workshop = workshop
        self.people = People(stand_ins)
        self.names = list(names)
        self.ask: Callable[..., Any] = workshop.ask
        self.expected: Undisturbed

    def set_up(self) -> None:
        """Connect, and keep the state that every test starts from."""
        self.arrange()
        self.ask("migrate")
        self.ask("setup", ready=str(self.stand_ins.ready_file))
        self.ask(
            "mapping_set",
            name="CUSTOMER",
            off=["Shipment_Method_Code", "Shipping_Agent_Code"],
            depends_on=["SALESPEOPLE", "CURRENCY", "PAYMENT TERMS"],
        )
        self.workshop.keep("base")

    def arrange(self) -> None:
        """Let people enter what is only in Sales."""
        self.people.price_list_create(PRICE_LIST, "Dynamics NAV Default Price List")
        if "CUSTOMER" in self.names:
            for identity, (name, values) in ONLY_IN_SALES.items():
                self.people.account_create(identity, name, **values)

    def anew(self) -> None:
        """Go back to the state after the set-up, in the database and on both sides."""
        self.stand_ins.reset(data=True)
        self.arrange()
        self.workshop.put_back("base")
        self.stand_ins.reset()

    def expect(self) -> None:
        """Run once without any disturbance, and note what comes of it."""
        self.anew()
        outcome = self.ask("full", names=self.names, count=True)
        events = list(self.workshop.events)
        assert outcome["status"] == "finished", outcome
        held = self.ask("dump")
        assert not (held["pending"] or held["errors"] or held["conflicts"]), held
        held_there = contents(self.stand_ins)
        self.expected = Undisturbed(held_there, held["couplings"], held["options"], outcome["jobs"], events)

    def compare(self, expected: Undisturbed, outcome: dict[str, Any], *, told: bool = True) -> None:
        """Check that a disturbed run came to the same end: no twin, no loss, every coupling right.

        Without `told` it does not matter what the records' pages say of it.
        """
        assert outcome["status"] == "finished", outcome
        assert set(outcome["lines"].values()) == {"finished"}, outcome["lines"]
        wrong = differences(expected.contents, contents(self.stand_ins))
        assert not wrong, "\n".join(wrong)
        held = self.ask("dump")
        if not told:
            assert [pair[:3] for pair in held["couplings"]] == [pair[:3] for pair in expected.pairs]
            return
        assert held["couplings"] == expected.pairs, _unequal(expected.pairs, held["couplings"])
        assert held["options"] == expected.options, _unequal(expected.options, held["options"])
        assert not (held["pending"] or held["errors"] or held["conflicts"]), held

    def quiet(self) -> None:
        """Check that a further run writes nothing on either side."""
        before = self.stand_ins.written("crm") + self.stand_ins.written("nav")
        outcome = self.ask("full", names=self.names)
        assert outcome["status"] == "finished", outcome
        assert self.stand_ins.written("crm") + self.stand_ins.written("nav") == before, outcome["jobs"]


def _unequal(expected: list[Any], found: list[Any]) -> str:
    missing = [row for row in expected if row not in found]
    extra = [row for row in found if row not in expected]
    return f"missing: {missing[:5]}; beside: {extra[:5]}"

"""A write is carried out, and its answer gets lost: the row is looked for before anything is sent again."""

from typing import Any

import pytest

from tests.sync.crash.bench import ONLY_IN_SALES, Bench

pytestmark = pytest.mark.embedded

MANY = pytest.param(5, marks=pytest.mark.state_machine)
PEOPLE_WRITES = {
    "creations in bulk": ("crm", "POST", r"/accounts/Microsoft\.Dynamics\.CRM\.CreateMultiple"),
    "contacts in bulk": ("crm", "POST", r"/contacts/Microsoft\.Dynamics\.CRM\.CreateMultiple"),
    "new options": ("crm", "POST", r"InsertOptionValue|\$batch"),
    "publication": ("crm", "POST", "PublishXml"),
    "changes in a batch": ("crm", "POST", r"\$batch"),
    "creation in NAV": ("nav", "POST", "CustomerCard"),
}
GOODS_WRITES = {
    "products": ("crm", "POST", r"/products/Microsoft\.Dynamics\.CRM\.CreateMultiple"),
    "steps of products": ("crm", "POST", r"\$batch"),
    "price lists": ("crm", "POST", r"/pricelevels/Microsoft\.Dynamics\.CRM\.CreateMultiple"),
}


def lost(verb: str, path: str, **more: Any) -> dict[str, Any]:
    """Return a rule: the request is carried out, then the connection breaks before any answer."""
    return {"id": "lost", "verb": verb, "path": path, "do": {"done_then_cut": True}, **more}


def lose(bench: Bench, side: Any, rule: dict[str, Any]) -> None:
    """Run while answers get lost; what comes of it must be the same as without."""
    bench.anew()
    bench.stand_ins.faults(side, rule)
    outcome = bench.ask("full", names=bench.names)
    fired = sum(rule["fired"] for rule in bench.stand_ins.stats(side)["faults"])
    bench.stand_ins.faults(side)
    assert fired, "no request met the rule"
    bench.compare(bench.expected, outcome)
    bench.quiet()


@pytest.mark.parametrize("times", [1, MANY])
@pytest.mark.parametrize("kind", PEOPLE_WRITES)
def test_lost_answer_about_people(people_bench: Bench, kind: str, times: int) -> None:
    side, verb, path = PEOPLE_WRITES[kind]
    lose(people_bench, side, lost(verb, path, times=times))


@pytest.mark.parametrize("times", [1, MANY])
@pytest.mark.parametrize("kind", GOODS_WRITES)
def test_lost_answer_about_goods(goods_bench: Bench, kind: str, times: int) -> None:
    side, verb, path = GOODS_WRITES[kind]
    lose(goods_bench, side, lost(verb, path, times=times))


@pytest.mark.parametrize("times", [1, MANY])
def test_lost_answer_about_a_change_in_nav(people_bench: Bench, times: int) -> None:
    lose(people_bench, "nav", lost("PATCH", "SalespersonCard", times=times))


def test_every_third_answer_is_lost(people_bench: Bench) -> None:
    lose(people_bench, "crm", lost("POST", r"/api/data/", share=0.33))


# The run in which the answer was lost is given up, and another one finds what it left behind


def named(bench: Bench) -> dict[str, int]:
    """Return how many customers NAV has for each account that was only in Sales."""
    names = [row["Name"] for row in bench.stand_ins.table("nav", "Customer")]
    return {name: names.count(name) for name, _values in ONLY_IN_SALES.values()}


def give_up_after(bench: Bench, event: str, nth: int = 1) -> str:
    """Kill a worker when this write has been answered, cancel its run; return what a person would see of it."""
    bench.anew()
    points = [point for point, kind in enumerate(bench.expected.events, 1) if kind == event]
    assert bench.workshop.killed_at(points[nth - 1], "full", names=bench.names)
    assert bench.ask("cancel") == "cancelled"
    return event


def test_creation_in_nav_is_found_by_the_next_run(people_bench: Bench) -> None:
    give_up_after(people_bench, "POST CustomerCard")
    outcome = people_bench.ask("full", names=people_bench.names)
    assert set(named(people_bench).values()) == {1}, outcome["jobs"]
    # It is compared as a pair, so fields that only go to Sales are written there once; after that all is quiet.
    assert outcome["status"] == "finished", outcome["messages"]
    people_bench.quiet()


def test_creation_in_nav_is_found_when_the_line_is_restarted(people_bench: Bench) -> None:
    give_up_after(people_bench, "POST CustomerCard", 2)
    outcome = people_bench.ask("restart", line="CUSTOMER")
    assert set(named(people_bench).values()) == {1}, outcome["jobs"]
    # It is compared as a pair, so fields that only go to Sales are written there once; after that all is quiet.
    assert outcome["status"] == "finished", outcome["messages"]
    people_bench.quiet()


def test_creation_in_nav_is_found_although_the_account_was_edited_since(people_bench: Bench) -> None:
    give_up_after(people_bench, "POST CustomerCard")
    for identity, (name, _values) in ONLY_IN_SALES.items():
        people_bench.people.account_change(identity, address1_line1=f"{name} Street 1")
    people_bench.ask("full", names=people_bench.names)
    people_bench.ask("full", names=people_bench.names)
    assert set(named(people_bench).values()) == {1}
    customers = people_bench.stand_ins.table("nav", "Customer")
    streets = {row["Name"]: row["Address"] for row in customers if row["Name"] in named(people_bench)}
    assert streets == {name: f"{name} Street 1" for name in streets}


@pytest.mark.parametrize("nth", [1, 2])
def test_creations_in_sales_are_taken_by_the_next_run(people_bench: Bench, nth: int) -> None:
    give_up_after(people_bench, "POST Microsoft.Dynamics.CRM.CreateMultiple", nth)
    outcome = people_bench.ask("full", names=people_bench.names)
    people_bench.compare(people_bench.expected, outcome)
    people_bench.quiet()


@pytest.mark.parametrize("nth", [3, *(pytest.param(nth, marks=pytest.mark.state_machine) for nth in (4, 5, 6))])
def test_contacts_in_sales_are_taken_by_the_next_run(people_bench: Bench, nth: int) -> None:
    give_up_after(people_bench, "POST Microsoft.Dynamics.CRM.CreateMultiple", nth)
    outcome = people_bench.ask("full", names=people_bench.names)
    people_bench.compare(people_bench.expected, outcome)
    people_bench.quiet()


def test_products_in_sales_are_completed_by_the_next_run(goods_bench: Bench) -> None:
    for nth in range(1, 1 + goods_bench.expected.events.count("POST Microsoft.Dynamics.CRM.CreateMultiple")):
        give_up_after(goods_bench, "POST Microsoft.Dynamics.CRM.CreateMultiple", nth)
        outcome = goods_bench.ask("full", names=goods_bench.names)
        goods_bench.compare(goods_bench.expected, outcome)
    goods_bench.quiet()


def test_renamed_account_makes_no_twin_of_what_was_created_in_nav(people_bench: Bench) -> None:
    give_up_after(people_bench, "POST CustomerCard")
    created = {row["Name"] for row in people_bench.stand_ins.table("nav", "Customer")} & set(named(people_bench))
    identity = next(key for key, (name, _values) in ONLY_IN_SALES.items() if name in created)
    people_bench.people.account_change(identity, name="Water, renamed")
    before = len(people_bench.stand_ins.table("nav", "Customer"))
    people_bench.ask("full", names=people_bench.names)
    outcome = people_bench.ask("full", names=people_bench.names)
    # Two accounts are still to come; the third has its customer already.
    assert len(people_bench.stand_ins.table("nav", "Customer")) == before + 2, outcome["jobs"]


def test_creation_in_nav_makes_no_twin_where_no_criterion_finds_it(people_bench: Bench) -> None:
    people_bench.anew()
    people_bench.ask("criteria_drop", name="CUSTOMER")
    points = [point for point, kind in enumerate(people_bench.expected.events, 1) if kind == "POST CustomerCard"]
    assert people_bench.workshop.killed_at(points[0], "full", names=people_bench.names)
    people_bench.ask("cancel")
    outcome = people_bench.ask("full", names=people_bench.names)
    assert set(named(people_bench).values()) == {1}, outcome["jobs"]


def test_restarted_line_does_not_wake_creations_that_a_later_run_has_made(people_bench: Bench) -> None:
    people_bench.anew()
    first = people_bench.expected.events.index("POST Microsoft.Dynamics.CRM.CreateMultiple")
    assert people_bench.workshop.killed_at(first, "full", names=people_bench.names)
    people_bench.ask("cancel")
    left = people_bench.ask("last")
    people_bench.compare(people_bench.expected, people_bench.ask("full", names=people_bench.names))
    outcome = people_bench.ask("restart", run=left, line="CURRENCY")
    people_bench.compare(people_bench.expected, outcome)


def test_options_that_were_not_published_yet_are_taken_by_the_next_run(people_bench: Bench) -> None:
    people_bench.anew()
    # Counted from one, this is the event before: the options are added, and nobody sees them.
    added = people_bench.expected.events.index("POST PublishXml")
    assert people_bench.workshop.killed_at(added, "full", names=people_bench.names)
    assert people_bench.ask("cancel") == "cancelled"
    people_bench.compare(people_bench.expected, people_bench.ask("full", names=people_bench.names))
    people_bench.quiet()


TROUBLE: list[dict[str, Any]] = [
    {"status": 429, "headers": {"Retry-After": "0"}},
    {"json_cut": 20},
]


@pytest.mark.parametrize("trouble", TROUBLE)
def test_passing_trouble_at_the_identity_server_ends_no_line(people_bench: Bench, trouble: dict[str, Any]) -> None:
    people_bench.anew()
    people_bench.stand_ins.faults("crm", {"id": "trouble", "path": "openid-configuration", "do": trouble, "times": 1})
    outcome = people_bench.ask("full", names=people_bench.names)
    people_bench.stand_ins.faults("crm")
    people_bench.compare(people_bench.expected, outcome)

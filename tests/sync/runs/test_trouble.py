"""The company with records in trouble: each is set aside with a sentence that names why, and everything else is in exactly."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.management import call_command
from pytest_django import DjangoDbBlocker

from sandbox.dataset.trouble import CREATED, NOT_BOTH, OUTSIDE, TROUBLE, WAITS, Case
from scripts.stand_ins import StandIns
from sync.models import Coupling, PendingRecord, SynchJobError, SynchRun
from tests.sync.runs.conftest import Connected, connect, without_messages

MAPPING = {
    "CustomerPriceGroup": "CUSTPRCGRP-PRICE",
    "SalesPrice": "SALESPRC-PRODPRICE",
    "Item": "ITEM-PRODUCT",
    "Currency": "CURRENCY",
    "Customer": "CUSTOMER",
    "Contact": "CONTACT",
}
NAMED = {
    ("CustomerPriceGroup", "MIXED"): "EUR, USD",
    ("SalesPrice", "MIXED"): "MIXED",
    ("SalesPrice", "NOGROUP"): "NOGROUP",
    ("SalesPrice", "NOITEM"): "NOITEM",
    ("SalesPrice", "1908-S"): "-5",
    ("Item", "TR-UNIT"): "XUNIT",
    ("Item", "TR-NOUNIT"): "Unit",
    ("Item", "TR-RANGE"): "2000000000000",
    ("Currency", "TRY"): "TRY has no exchange rate",
    ("Currency", "EUROSPOT"): "EUROSPOT",
    ("Customer", "T10010"): "GONE",
    ("Customer", "T10020"): "TRY",
    ("Customer", "T10030"): "NU",
    ("Customer", "T10031"): "KH",
    ("Customer", "T10040"): "ZZ",
    ("Customer", "T10060"): "Name",
    ("Customer", "T10070"): "200000000000000",
    ("Contact", "CT300003"): "T10060",
    ("Contact", "CT300004"): "T99999",
}
"""What the sentence about a record names, by its table and a part of its key."""


def parts(case: Case) -> str:
    """Return what names a case in the list of tests."""
    return f"{case.table} {' '.join(str(part) for part in case.key if part not in ('', 0, '0001-01-01'))}"


@pytest.fixture(scope="module")
def troubled(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[tuple[Connected, SynchRun]]:
    """The company in trouble after its full synchronization; the tests of this file only read."""
    with (
        django_db_blocker.unblock(),
        StandIns("--objects", "pack", "--dataset", "trouble") as stand_ins,
        without_messages(),
    ):
        connected = connect(stand_ins)
        run = connected.full()
        stand_ins.reset()
        yield connected, run
        call_command("flush", verbosity=0, interactive=False)


def sentences(case: Case, key: tuple[Any, ...]) -> list[str]:
    """Return what was said about one record."""
    errors = SynchJobError.objects.filter(mapping__name=MAPPING[case.table], direction="to")
    if case.table == "SalesPrice":
        wanted = [error for error in errors if same_price(error.erp_key, key)]
        return [error.message for error in wanted]
    return list(errors.filter(erp_key=key[0]).values_list("message", flat=True))


def same_price(stored: str, key: tuple[Any, ...]) -> bool:
    """Tell whether a stored key of several parts is this one."""
    held = dict(part.partition("=")[::2] for part in stored.split(";"))
    wanted = {"Item_No": key[0], "Sales_Code": key[2], "Currency_Code": key[4], "Minimum_Quantity": str(key[7])}
    return all(held.get(name, "").strip("'") == value for name, value in wanted.items())


@pytest.mark.django_db
class TestEachCase:
    """One record each, as the data set says what must come of it."""

    @pytest.mark.parametrize("case", [case for case in TROUBLE if case.expected == WAITS], ids=parts)
    def test_a_record_that_cannot_go_waits_with_a_sentence(
        self, troubled: tuple[Connected, SynchRun], case: Case
    ) -> None:
        said = sentences(case, case.key)

        if not said:
            assert outside(troubled[0], case), "neither written nor spoken of"
            return
        assert len(said) == 1
        assert any(NAMED.get((case.table, str(part)), "?") in said[0] for part in case.key), said
        assert said[0].endswith(".")

    @pytest.mark.parametrize("case", [case for case in TROUBLE if case.expected in (OUTSIDE, CREATED)], ids=parts)
    def test_a_record_that_is_outside_or_odd_is_no_error(
        self, troubled: tuple[Connected, SynchRun], case: Case
    ) -> None:
        del troubled
        assert sentences(case, case.key) == []

    @pytest.mark.parametrize(
        "case",
        [case for case in TROUBLE if case.expected == NOT_BOTH],
        ids=parts,
    )
    def test_of_two_rivals_at_most_one_goes(self, troubled: tuple[Connected, SynchRun], case: Case) -> None:
        rivals = (case.key, *case.rivals)
        coupled = Coupling.objects.filter(mapping__name=MAPPING[case.table])
        if case.table == "Currency":
            assert coupled.filter(erp_key__in=[key[0] for key in rivals]).count() <= 1
            assert sum(len(sentences(case, key)) for key in rivals) >= 1
        else:
            pairs = [pair for pair in coupled if any(same_price(pair.erp_key, key) for key in rivals)]
            assert len(pairs) <= 1


def outside(connected: Connected, case: Case) -> bool:
    """Tell whether docs/mappings.md leaves a record outside without an error: prices in another unit than the base unit."""
    if case.table != "SalesPrice":
        return False
    [item] = [row for row in connected.servers.nav("Item") if row["No"] == case.key[0]]
    return bool(item["Base_Unit_of_Measure"] != case.key[6])


@pytest.mark.django_db
class TestEverythingElse:
    """The records without trouble."""

    def test_is_in_exactly(self, troubled: tuple[Connected, SynchRun]) -> None:
        connected, run = troubled

        assert run.status == "finished_with_errors"
        stays_out = [(case.table, case.key) for case in TROUBLE if case.expected in (WAITS, NOT_BOTH)]
        stays_out += [(case.table, rival) for case in TROUBLE for rival in case.rivals]
        goes = [(table, key) for table, key in stays_out if went(table, key)]
        assert connected.differences([pair for pair in stays_out if pair not in goes]) == []

    def test_every_waiting_record_is_kept_once(self, troubled: tuple[Connected, SynchRun]) -> None:
        _connected, run = troubled

        errors = SynchJobError.objects.filter(job__run=run)
        assert PendingRecord.objects.count() == errors.count() > 0
        assert {pending.key for pending in PendingRecord.objects.all()} == {error.erp_key for error in errors}


def went(table: str, key: tuple[Any, ...]) -> bool:
    """Tell whether a rival was the one that is written."""
    coupled = Coupling.objects.filter(mapping__name=MAPPING[table])
    if table == "SalesPrice":
        return any(same_price(pair.erp_key, key) for pair in coupled)
    return coupled.filter(erp_key=key[0]).exists()


@pytest.mark.django_db
class TestASecondRun:
    """Nothing about the trouble has changed."""

    def test_it_writes_nothing_new_and_says_the_same(self, troubled: tuple[Connected, SynchRun]) -> None:
        connected, run = troubled
        connected.stand_ins.reset()

        again = connected.full()

        assert again.status == "finished_with_errors"
        assert connected.written() == (0, 0)
        assert said(connected, again) == said(connected, run)


def said(connected: Connected, run: SynchRun) -> list[tuple[str, str]]:
    """Return what a run said about each record; a rival is told apart from its partner once that one is in Sales."""
    rival = ("rival", "match_taken")
    return sorted(
        (error["erp"], "a rival" if error["code"] in rival else error["message"]) for error in connected.errors(run)
    )

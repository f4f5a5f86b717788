"""Sentences that are stored in English reach a page in its language, with their facts."""

import re
from typing import Any

import pytest
from django.test import Client
from django.utils.translation import override

from sync.selectors.sentences import SENTENCES, sentence
from sync.selectors.words import words_for
from sync.tables.jobs import key_text
from sync.templatetags.look import person
from tests import factories

FACT = re.compile(r"%\((\w+)\)s")
DUTCH = {
    "Waits for CURRENCY, CUSTOMER.": "Wacht op CURRENCY, CUSTOMER.",
    "Finished, 2 failed and 5 wait.": "Voltooid, 2 mislukt en 5 wachten.",
    "Finished, 3 wait.": "Voltooid, 3 wachten.",
    "Paused by Annette Hill.": "Onderbroken door Annette Hill.",
    "Not in Sales yet.": "Nog niet in Sales.",
    "Changed in NAV: Name, Phone No..": "Gewijzigd in NAV: Name, Phone No..",
    "Set in the second pass, now that the record it refers to is in.": (
        "Ingevuld in de tweede gang, nu het record waarnaar het verwijst er is."
    ),
    "Currency Code is MYR, which is not coupled to Sales. Couple or synchronize MYR in CURRENCY first; this record then "
    "follows by itself.": (
        "Currency Code is MYR, en dat is niet aan Sales gekoppeld. Koppel of synchroniseer eerst MYR in CURRENCY; dit "
        "record volgt dan vanzelf."
    ),
    "Unit Price is -5, and Sales takes numbers from 0 up to 1e+14. Correct the value.": (
        "Unit Price is -5, en Sales neemt getallen van 0 tot en met 100.000.000.000.000. Corrigeer de waarde."
    ),
    "NAV asks for a pause: too many requests. The next attempt follows by itself in 8 seconds.": (
        "NAV vraagt om een pauze: te veel aanvragen. De volgende poging volgt vanzelf over 8 seconden."
    ),
    "Sales refuses the access.": "Sales weigert de toegang.",
    "Sales refuses the access. Principal lacks prvReadAccount.": (
        "Sales weigert de toegang. Principal lacks prvReadAccount."
    ),
}


@pytest.mark.parametrize("stored", DUTCH)
def test_sentence_is_told_in_dutch(stored: str) -> None:
    with override("nl"):
        assert sentence(stored) == DUTCH[stored]


def test_sentence_stays_as_it_is_in_english() -> None:
    with override("en"):
        for stored in DUTCH:
            assert sentence(stored) == stored.replace("1e+14", "100,000,000,000,000")


@pytest.mark.parametrize("stored", ["", "The frobnicator is 100 % out of sorts.", "%(name)s", "Waits for"])
def test_unknown_sentence_is_shown_as_stored(stored: str) -> None:
    with override("nl"):
        assert sentence(stored) == stored


def test_every_sentence_of_the_table_finds_itself() -> None:
    for text in SENTENCES:
        facts = dict.fromkeys(FACT.findall(text), "7")
        with override("en"):
            assert sentence(text % facts) == text % facts


def test_pages_tell_stored_sentences_in_their_language(boss: Client, company: Any) -> None:
    message = "Name is empty, and Sales requires it. Fill it in; the record then follows by itself."
    factories.ErrorFactory(job=company.job, code="value_missing", message=message)
    page = boss.get("/errors/list/", headers={"accept-language": "nl"}).content.decode()
    assert "Name is leeg, en Sales heeft het nodig." in page


def test_who_is_a_person_or_said_to_be_none() -> None:
    with override("nl"):
        assert (person("Annette Hill"), person("command line"), person("")) == ("Annette Hill", "opdrachtregel", "–")


def test_key_of_several_columns_is_read_by_its_values() -> None:
    key = "Item_No=1900-S;Sales_Type=Customer Price Group;Sales_Code=MIXED;Starting_Date=0001-01-01;Minimum_Quantity=0"
    assert key_text(key) == "1900-S · Customer Price Group · MIXED"
    assert key_text("10000") == "10000"


def test_changes_are_told_by_caption_and_name(db: None) -> None:
    field = factories.FieldFactory(erp_field="Phone_No", erp_caption="Phone No.", crm_field="telephone1")
    partner = factories.RecordFactory(key="0b6d1c2e-0000-4000-8000-000000000001", name="Euro")
    words = words_for([(field.mapping_id, {"telephone1": [None, partner.key.upper()]})])
    assert words.caption(field.mapping_id, "telephone1") == "Phone No."
    assert words.value(partner.key.upper()) == "Euro"
    assert words.value("new:CONTACT:CT000108") == "CONTACT CT000108"
    assert (words.value("plain"), words.value(3), words.caption(field.mapping_id, "x")) == ("plain", 3, "x")

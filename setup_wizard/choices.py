"""What can be synchronized, in plain words: one entry per shipped mapping, with what it brings along and why."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from sync.defaults import MAPPINGS
from sync.defaults.base import MappingDefault

Text = str | Promise


@dataclass(frozen=True, slots=True)
class Words:
    """Title, what it does, and why others need it."""

    title: Text
    text: Text
    why: Text = ""


WORDS: dict[str, Words] = {
    "SALESPEOPLE": Words(
        _("Salespeople and users"),
        _("Salespeople in NAV are tied to the users in Sales, so that records keep their owner."),
        _("a record in Sales needs its owner"),
    ),
    "CUSTOMER": Words(
        _("Customers and accounts"),
        _("Names, addresses, phone numbers and terms stay the same on both sides."),
        _("the others belong to a customer"),
    ),
    "CONTACT": Words(_("Contacts"), _("The people at your customers, with their phone numbers and e-mail addresses.")),
    "CURRENCY": Words(
        _("Currencies"),
        _("Foreign currencies with their exchange rates go from NAV to Sales."),
        _("amounts need their currency"),
    ),
    "UNIT OF MEASURE": Words(
        _("Units of measure and unit groups"),
        _("Pieces, boxes, hours: each unit becomes a unit group in Sales."),
        _("a product needs its unit"),
    ),
    "ITEM-PRODUCT": Words(
        _("Items and products"),
        _("What you sell, with description and unit price."),
        _("prices belong to a product"),
    ),
    "RESOURCE-PRODUCT": Words(
        _("Resources and services"), _("Hours and services that you sell become products of the type Services.")
    ),
    "CUSTPRCGRP-PRICE": Words(
        _("Customer price groups and price lists"),
        _("Each customer price group becomes a price list."),
        _("a price belongs to a price list"),
    ),
    "SALESPRC-PRODPRICE": Words(_("Prices"), _("Sales prices of customer price groups become price list items.")),
    "SHIPPING AGENT": Words(
        _("Shipping agents"),
        _("The codes become the choices of the field Shipping Method in Sales."),
        _("a customer names its shipping agent"),
    ),
    "SHIPMENT METHOD": Words(
        _("Shipment methods"),
        _("The codes become the choices of the field Freight Terms in Sales."),
        _("a customer names its shipment method"),
    ),
    "PAYMENT TERMS": Words(
        _("Payment terms"),
        _("The codes become the choices of the field Payment Terms in Sales."),
        _("a customer names its payment terms"),
    ),
}
WAYS: dict[str, Text] = {"both": _("Both ways"), "to": _("From NAV to Sales"), "from": _("From Sales to NAV")}
DEFAULTS: dict[str, MappingDefault] = {default.name: default for default in MAPPINGS}


def words_of(name: str) -> Words:
    """Return the words of a mapping; one that was added since has its name."""
    return WORDS.get(name) or Words(name, "")


def ways_of(default: MappingDefault) -> list[tuple[str, Text]]:
    """Return the directions that a mapping can take: its own, or one half of it."""
    names = ("both", "to", "from") if default.way == "both" else (str(default.way),)
    return [(name, WAYS[name]) for name in names]


def brought_along(name: str) -> list[str]:
    """Return everything that a mapping needs, nearest first, itself left out."""
    found: list[str] = []
    todo = list(DEFAULTS[name].depends_on)
    while todo:
        needed = todo.pop(0)
        if needed in DEFAULTS and needed not in found and needed != name:
            found.append(needed)
            todo += DEFAULTS[needed].depends_on
    return found


def completed(chosen: Mapping[str, str]) -> tuple[dict[str, str], dict[str, list[str]]]:
    """Return the choice with all that it needs, in the shipped order, and what was added for whom."""
    added: dict[str, list[str]] = {}
    whole = dict(chosen)
    for name in chosen:
        for needed in brought_along(name):
            if needed not in chosen:
                added.setdefault(needed, []).append(name)
                whole[needed] = str(DEFAULTS[needed].way)
    return {default.name: whole[default.name] for default in MAPPINGS if default.name in whole}, added


def unserved(services: Iterable[Mapping[str, object]]) -> dict[str, list[Mapping[str, object]]]:
    """Return which mappings cannot work because NAV does not publish a page they need: name -> the missing services."""
    missing: dict[str, list[Mapping[str, object]]] = {}
    for service in services:
        if not service.get("published_as") and not service.get("is_optional"):
            names = service.get("needed_for")
            for name in names if isinstance(names, list) else []:
                missing.setdefault(str(name), []).append(service)
    return missing

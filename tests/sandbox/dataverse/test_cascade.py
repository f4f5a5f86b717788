"""What a deletion takes along, cuts loose or meets."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.dataverse.shop import SETS, Shop


@pytest.fixture
def shop(crm: Any) -> Shop:
    return Shop(crm)


def deleted(shop: Shop, address: str) -> str:
    answer = shop.client.delete(address)
    return "gone" if answer.status == 204 else f"{answer.status} {answer.code}"


@pytest.mark.parametrize(
    ("table", "outcome"),
    [("quote", "gone"), ("opportunity", "gone"), ("invoice", "405 0x80040227"), ("salesorder", "405 0x80040227")],
)
@pytest.mark.parametrize("customer", ["account", "contact"])
def test_a_customer_takes_quotes_and_opportunities_and_stays_for_orders_and_invoices(
    shop: Shop, customer: str, table: str, outcome: str
) -> None:
    contact = shop.client.create("contacts", lastname="C")
    key = {"account": shop.account, "contact": contact}[customer]
    values = {"name": "D", f"customerid_{customer}__bind": f"/{customer}s({key})"}
    shop.client.create(SETS[table][0], **values)

    assert deleted(shop, f"{customer}s({key})") == outcome
    assert len(shop.client.get(SETS[table][0]).value) == (0 if outcome == "gone" else 1)


def test_an_account_takes_contacts_and_notes_and_lets_child_accounts_go(shop: Shop) -> None:
    bind = f"/accounts({shop.account})"
    shop.client.create("contacts", lastname="C", parentcustomerid_account__bind=bind)
    shop.client.create("annotations", subject="N", objectid_account__bind=bind)
    child = shop.client.create("accounts", name="Child", parentaccountid__bind=bind)

    assert deleted(shop, f"accounts({shop.account})") == "gone"
    assert [shop.client.get(name).value for name in ("contacts", "annotations")] == [[], []]
    assert shop.client.get(f"accounts({child})").json["_parentaccountid_value"] is None


@pytest.mark.parametrize(
    ("table", "outcome"), [("quote", "gone"), ("invoice", "405 0x80040227"), ("salesorder", "gone")]
)
def test_an_opportunity_takes_quotes_and_stays_for_invoices(shop: Shop, table: str, outcome: str) -> None:
    opportunity = shop.document("opportunity")
    shop.line("opportunity", opportunity, quantity=1)
    shop.document(table, opportunityid__bind=f"/opportunities({opportunity})")

    assert deleted(shop, f"opportunities({opportunity})") == outcome
    kept = shop.client.get(SETS[table][0]).value
    assert len(kept) == (0 if table == "quote" else 1)
    assert len(shop.client.get("opportunityproducts").value) == (0 if outcome == "gone" else 1)


def test_an_order_stays_for_its_invoice(shop: Shop) -> None:
    order = shop.document("salesorder")
    invoice = shop.document("invoice", salesorderid__bind=f"/salesorders({order})")

    assert deleted(shop, f"salesorders({order})") == "405 0x80040227"
    assert deleted(shop, f"invoices({invoice})") == "gone"
    assert deleted(shop, f"salesorders({order})") == "gone"


@pytest.mark.parametrize("table", list(SETS))
def test_a_document_takes_its_lines(shop: Shop, table: str) -> None:
    key = shop.document(table)
    shop.line(table, key, quantity=1)

    assert deleted(shop, f"{SETS[table][0]}({key})") == "gone"
    assert shop.client.get(SETS[table][1]).value == []


@pytest.mark.parametrize(
    ("table", "outcome"),
    [
        ("quote", "405 0x80040227"),
        ("invoice", "405 0x80040227"),
        ("salesorder", "405 0x80040227"),
        ("opportunity", "gone"),
    ],
)
def test_a_price_list_stays_for_documents_and_leaves_opportunities(shop: Shop, table: str, outcome: str) -> None:
    key = shop.document(table)

    assert deleted(shop, f"pricelevels({shop.price_list})") == outcome
    assert (shop.row(table, key)["_pricelevelid_value"] is None) == (outcome == "gone")
    assert len(shop.client.get("productpricelevels").value) == (0 if outcome == "gone" else 1)


@pytest.mark.parametrize("table", list(SETS))
def test_products_and_units_stay_for_lines(shop: Shop, table: str) -> None:
    key = shop.document(table)
    shop.line(table, key, quantity=1)

    assert deleted(shop, f"products({shop.product})") == "405 0x80040227"


def test_a_currency_stays_for_what_uses_it(shop: Shop) -> None:
    euro = shop.client.create(
        "transactioncurrencies", currencyname="E", isocurrencycode="EUR", currencysymbol="E", exchangerate=2
    )
    account = shop.client.create("accounts", name="E", transactioncurrencyid__bind=f"/transactioncurrencies({euro})")

    assert deleted(shop, f"transactioncurrencies({euro})") == "405 0x80040227"
    shop.client.delete(f"accounts({account})")
    assert deleted(shop, f"transactioncurrencies({euro})") == "gone"


def test_a_refused_deletion_leaves_everything_as_it_was(shop: Shop) -> None:
    """Contacts come before invoices, so a part of the cascade had run."""
    bind = f"/accounts({shop.account})"
    contact = shop.client.create("contacts", lastname="C", parentcustomerid_account__bind=bind)
    shop.document("invoice")
    before = shop.client.get(f"contacts({contact})").json["versionnumber"]

    assert deleted(shop, f"accounts({shop.account})") == "405 0x80040227"
    assert shop.client.get(f"contacts({contact})").json["versionnumber"] == before

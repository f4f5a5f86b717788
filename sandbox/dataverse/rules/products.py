"""Rules of products: numbers, units, families, and the life cycle from draft to retired.

Source: learn.microsoft.com, "Publish, revise, revert, retire, and activate products" and "Web service error codes".
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox.dataverse import errors, money
from sandbox.dataverse.rules.base import Rules
from sandbox.dataverse.store import Row

if TYPE_CHECKING:
    from sandbox.dataverse.writer import Writer

ACTIVE, RETIRED, DRAFT, REVISION = 0, 1, 2, 3
PRODUCT, FAMILY, BUNDLE = 1, 2, 3
LAST_ACTIVE = "@active"
"""Where a product under revision keeps what it was; no column, so nobody reads it."""
_MOVES = {
    DRAFT: {ACTIVE},
    ACTIVE: {RETIRED, REVISION},
    RETIRED: {ACTIVE},
    REVISION: {ACTIVE, RETIRED},
}
_UNKEPT = frozenset({"createdon", "modifiedon", "versionnumber", "statecode", "statuscode", LAST_ACTIVE})


class Products(Rules):
    """A product number is unique; a product has a unit of its unit group, perhaps a family, and a life cycle."""

    def before_create(self, writer: Writer, row: Row) -> None:
        self._number(writer, row.get("productnumber"), row["productid"])
        if row.get("productstructure", PRODUCT) != FAMILY:
            self._units(writer, row)
        self._family(writer, row)
        row["_organizationid_value"] = writer.store.organization()["organizationid"]

    def before_update(self, writer: Writer, old: Row, changes: Row) -> None:
        if "productnumber" in changes:
            self._number(writer, changes["productnumber"], old["productid"])
        merged = {**old, **changes}
        if changes.keys() & {"_defaultuomid_value", "_defaultuomscheduleid_value"}:
            self._units(writer, merged)
        if changes.get(money.CURRENCY, old.get(money.CURRENCY)) != old.get(money.CURRENCY):
            self._currency(writer, old)
        if merged["statecode"] != old["statecode"]:
            self._move(writer, old, merged["statecode"])
            changes[LAST_ACTIVE] = _kept(old) if merged["statecode"] == REVISION else None

    def after_update(self, writer: Writer, old: Row, new: Row) -> None:
        if new["statecode"] == old["statecode"] or new.get("productstructure") != FAMILY:
            return
        if new["statecode"] in (RETIRED, REVISION):
            table = writer.store.tables["product"]
            for child in children(writer, new["productid"]):
                if new["statecode"] in _MOVES[child["statecode"]]:
                    writer.modify(table, child, {"statecode": new["statecode"]})

    def before_delete(self, writer: Writer, row: Row) -> None:
        if children(writer, row["productid"]):
            raise errors.restricted_delete()

    @staticmethod
    def _move(writer: Writer, old: Row, state: int) -> None:
        was = old["statecode"]
        if state not in _MOVES[was]:
            raise _refused_move(old, was, state)
        if was == RETIRED and (old.get("_parentproductid_value") or old.get("productstructure", PRODUCT) != PRODUCT):
            raise errors.bad_request("0x8004f977", "You can't set a retired property to an active state.")
        if state == RETIRED and any(each["statecode"] == ACTIVE for each in bundles_of(writer, old["productid"])):
            text = (
                "You can't retire this product because it belongs to active bundles. Remove it from active bundles "
                "before you retire it."
            )
            raise errors.bad_request("0x8004f915", text)
        parent = writer.store.get("product", old.get("_parentproductid_value"))
        if state == ACTIVE and parent is not None and parent["statecode"] != ACTIVE:
            text = "You can't publish this product record because the parent product family is not published."
            raise errors.bad_request("0x8004f909", text)

    @staticmethod
    def _number(writer: Writer, number: Any, key: str) -> None:
        if number is None:
            raise errors.bad_request("0x80043b05", "The product number can not be null.")
        if writer.store.data["product"].find("productnumber", number) - {key}:
            text = (
                "The specified product ID conflicts with the product ID of an existing record. Specify a different "
                "product ID and try again."
            )
            raise errors.bad_request("0x80043b06", text)

    @staticmethod
    def _units(writer: Writer, row: Row) -> None:
        group, unit = row.get("_defaultuomscheduleid_value"), row.get("_defaultuomid_value")
        if group is None:
            raise errors.bad_request("0x80043b0a", "The unit schedule id is missing.")
        if unit is None:
            raise errors.bad_request("0x80043b0d", "The unit id is missing.")
        if writer.store.rows("uom")[unit]["_uomscheduleid_value"] != group:
            raise errors.bad_request("0x80043b16", "The unit does not exist in the specified unit schedule.")

    @staticmethod
    def _family(writer: Writer, row: Row) -> None:
        parent = writer.store.get("product", row.get("_parentproductid_value"))
        if parent is None:
            return
        if parent.get("productstructure") != FAMILY:
            raise errors.bad_request("0x8004f998", "You can only select a product family as the parent.")
        if parent["statecode"] not in (ACTIVE, DRAFT):
            text = "You can only set product families in a draft or active state as parent."
            raise errors.bad_request("0x8004f906", text)

    @staticmethod
    def _currency(writer: Writer, old: Row) -> None:
        data = writer.store.data["productpricelevel"]
        for key in data.find("_productid_value", old["productid"]):
            if data.rows[key].get("pricingmethodcode", 1) != 1:
                text = (
                    "The currency of the product cannot be updated because there are associated price list items with "
                    "pricing method percentage."
                )
                raise errors.bad_request("0x80048cfa", text)


class BundleItems(Rules):
    """The products of a bundle: living ones, no families, no more than the organisation allows."""

    def before_create(self, writer: Writer, row: Row) -> None:
        bundle, product = (writer.store.get("product", row.get(f"_{name}_value")) for name in _BUNDLE_SIDES)
        if bundle is None or product is None:
            raise errors.bad_request("0x80043b11", "The product id is missing.")
        if bundle.get("productstructure") != BUNDLE or product.get("productstructure", PRODUCT) != PRODUCT:
            raise errors.bad_request("0x80040203", "A bundle holds products, and only a bundle holds them.")
        if RETIRED in (bundle["statecode"], product["statecode"]):
            text = "You can't create a product relationship with a retired product."
            raise errors.bad_request("0x80061033", text)
        limit = writer.store.organization().get("maxproductsinbundle")
        if (
            limit
            and len(writer.store.data["productassociation"].find("_productid_value", bundle["productid"])) >= limit
        ):
            text = f"You cannot add products to this bundle.The limit of {limit} has been reached for this bundle."
            raise errors.bad_request("0x8004f976", text)
        if row.get("_uomid_value") is None:
            row["_uomid_value"] = product.get("_defaultuomid_value")

    def before_delete(self, writer: Writer, row: Row) -> None:
        bundle = writer.store.get("product", row["_productid_value"])
        if bundle is not None and bundle["productid"] not in writer.going and bundle["statecode"] in (ACTIVE, REVISION):
            text = "You can't remove products from a bundle that's either active or under revision."
            raise errors.bad_request("0x80061010", text)


_BUNDLE_SIDES = ("productid", "associatedproduct")


def bundles_of(writer: Writer, product: str) -> list[Row]:
    """The bundles a product belongs to."""
    data = writer.store.data["productassociation"]
    found = {data.rows[key]["_productid_value"] for key in data.find("_associatedproduct_value", product)}
    return [writer.store.rows("product")[key] for key in sorted(found)]


def children(writer: Writer, family: str) -> list[Row]:
    """The products, bundles and families right below a product family."""
    data = writer.store.data["product"]
    return [data.rows[key] for key in sorted(data.find("_parentproductid_value", family))]


def _kept(row: Row) -> Row:
    return {name: value for name, value in row.items() if name not in _UNKEPT}


def _refused_move(old: Row, was: int, state: int) -> errors.ServiceError:
    if state == DRAFT:
        return errors.bad_request(
            "0x80061035", "You can't set a published or retired product record to the draft state."
        )
    if state == REVISION:
        return errors.bad_request("0x8004f913", "You can't revise a draft or a retired product.")
    text = (
        f"You can't retire this product because {old.get('name')} is in draft state. A product should be in Active/ "
        "Under Revision state for retiring."
    )
    return errors.bad_request("0x8004f978", text)

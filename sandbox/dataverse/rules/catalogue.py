"""Rules of currencies, units, products, price lists and price list items."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from sandbox.dataverse import errors
from sandbox.dataverse.rules.base import Rules
from sandbox.dataverse.store import Row

if TYPE_CHECKING:
    from sandbox.dataverse.writer import Writer

ACTIVE, RETIRED, DRAFT, REVISION = 0, 1, 2, 3
PRODUCT, FAMILY = 1, 2
_PRODUCT_MOVES = {
    DRAFT: {ACTIVE},
    ACTIVE: {RETIRED, REVISION},
    RETIRED: {ACTIVE},
    REVISION: {ACTIVE, RETIRED},
}
CURRENCY_AMOUNT = 1


def base_currency(writer: Writer) -> str:
    """The id of the organisation's base currency."""
    return str(writer.store.organization()["_basecurrencyid_value"])


class Currencies(Rules):
    """ISO codes are unique; the base currency's rate is 1 for good."""

    def before_create(self, writer: Writer, row: Row) -> None:
        code = row.get("isocurrencycode")
        if code is not None:
            if writer.store.data["transactioncurrency"].find("isocurrencycode", code):
                raise errors.bad_request("0x80048cf3", "The currency record with this ISO code already exists.")
            row["isocurrencycode"] = code.upper()

    def before_update(self, writer: Writer, old: Row, changes: Row) -> None:
        is_base = old["transactioncurrencyid"] == base_currency(writer)
        if is_base and changes.get("exchangerate", old["exchangerate"]) != old["exchangerate"]:
            raise errors.bad_request("0x80048cf5", "The exchange rate of the base currency cannot be modified.")
        if is_base and changes.get("statecode"):
            raise errors.bad_request("0x80048cf7", "The base currency cannot be deactivated.")


class UnitGroups(Rules):
    """A new group brings its base unit."""

    def before_create(self, writer: Writer, row: Row) -> None:
        if row.get("baseuomname") is None:
            raise errors.missing("uomschedule", "baseuomname")

    def after_create(self, writer: Writer, row: Row) -> None:
        unit: Row = {
            "uomid": str(uuid.uuid4()),
            "name": row["baseuomname"],
            "quantity": 1.0,
            "isschedulebaseuom": True,
            "_uomscheduleid_value": row["uomscheduleid"],
        }
        writer.insert(writer.store.tables["uom"], unit)


class Units(Rules):
    """A unit names its base unit in the same group; names are unique in the group."""

    def before_create(self, writer: Writer, row: Row) -> None:
        row.setdefault("isschedulebaseuom", False)
        row["_organizationid_value"] = writer.store.organization()["organizationid"]
        group = row.get("_uomscheduleid_value")
        if group is None:
            raise errors.bad_request("0x80043b0a", "The unit schedule id is missing.")
        self._unique(writer, row, row["uomid"])
        if not row["isschedulebaseuom"]:
            self._check(writer, row)

    def before_update(self, writer: Writer, old: Row, changes: Row) -> None:
        merged = {**old, **changes}
        if "name" in changes:
            self._unique(writer, merged, old["uomid"])
        if not merged["isschedulebaseuom"] and changes.keys() & {"_baseuom_value", "quantity"}:
            self._check(writer, merged)

    def before_delete(self, writer: Writer, row: Row) -> None:
        group = writer.store.get("uomschedule", row.get("_uomscheduleid_value"))
        if row.get("isschedulebaseuom") and group is not None:
            others = writer.store.data["uom"].find("_uomscheduleid_value", group["uomscheduleid"])
            if len(others) > 1:
                raise errors.restricted_delete()

    @staticmethod
    def _check(writer: Writer, row: Row) -> None:
        base = writer.store.get("uom", row.get("_baseuom_value"))
        if base is None:
            raise errors.missing("uom", "baseuom")
        if base["_uomscheduleid_value"] != row["_uomscheduleid_value"]:
            raise errors.bad_request("0x80043b0b", "The base unit does not belong to the unit schedule.")
        if not row.get("quantity"):
            raise errors.missing("uom", "quantity")

    @staticmethod
    def _unique(writer: Writer, row: Row, key: str) -> None:
        data = writer.store.data["uom"]
        for other in data.find("_uomscheduleid_value", row["_uomscheduleid_value"]):
            if other != key and str(data.rows[other].get("name")).lower() == str(row.get("name")).lower():
                raise errors.bad_request("0x80043b0e", "A unit with this name exists in the unit group.")


class Products(Rules):
    """A product number is unique; a product has a unit of its unit group and a life cycle."""

    def before_create(self, writer: Writer, row: Row) -> None:
        self._number(writer, row.get("productnumber"), row["productid"])
        if row.get("productstructure", PRODUCT) != FAMILY:
            self._units(writer, row)
        row["_organizationid_value"] = writer.store.organization()["organizationid"]

    def before_update(self, writer: Writer, old: Row, changes: Row) -> None:
        if "productnumber" in changes:
            self._number(writer, changes["productnumber"], old["productid"])
        merged = {**old, **changes}
        if changes.keys() & {"_defaultuomid_value", "_defaultuomscheduleid_value"}:
            self._units(writer, merged)
        state: int = changes["statecode"] if "statecode" in changes else old["statecode"]
        if state != old["statecode"]:
            self._move(old, state)

    @staticmethod
    def _move(old: Row, state: int) -> None:
        if state in _PRODUCT_MOVES[old["statecode"]]:
            return
        if state == DRAFT:
            raise errors.bad_request("0x80061035", "You can't set a product that is not a draft back to Draft.")
        text = f"A product cannot go from state {old['statecode']} to state {state}."
        raise errors.bad_request("0x80043b03", text)

    @staticmethod
    def _number(writer: Writer, number: Any, key: str) -> None:
        if number is None:
            raise errors.bad_request("0x80043b05", "The product number is null.")
        if writer.store.data["product"].find("productnumber", number) - {key}:
            raise errors.bad_request("0x80043b06", "A product with the same product number already exists.")

    @staticmethod
    def _units(writer: Writer, row: Row) -> None:
        group, unit = row.get("_defaultuomscheduleid_value"), row.get("_defaultuomid_value")
        if group is None:
            raise errors.bad_request("0x80043b0a", "The unit schedule id is missing.")
        if unit is None:
            raise errors.bad_request("0x80043b0d", "The unit id is missing.")
        if writer.store.rows("uom")[unit]["_uomscheduleid_value"] != group:
            raise errors.bad_request("0x80043b0b", "The default unit does not belong to the unit schedule.")


class PriceLists(Rules):
    """A list that is some product's default cannot be deactivated; its currency stays once it has items."""

    def before_create(self, writer: Writer, row: Row) -> None:
        row["_organizationid_value"] = writer.store.organization()["organizationid"]

    def before_update(self, writer: Writer, old: Row, changes: Row) -> None:
        key = old["pricelevelid"]
        if changes.get("statecode") == 1 and writer.store.data["product"].find("_pricelevelid_value", key):
            raise errors.bad_request("0x80043b04", "A default price list of a product cannot be deactivated.")
        currency = changes.get("_transactioncurrencyid_value", old["_transactioncurrencyid_value"])
        items = writer.store.data["productpricelevel"].find("_pricelevelid_value", key)
        if currency != old["_transactioncurrencyid_value"] and items:
            raise errors.bad_request("0x80048cfa", "The currency cannot be changed: the price list has items.")


class PriceListItems(Rules):
    """One item per list, product and unit; currency and names come from list and product."""

    def before_create(self, writer: Writer, row: Row) -> None:
        price_list = writer.store.get("pricelevel", row.get("_pricelevelid_value"))
        if price_list is None:
            raise errors.bad_request("0x80043b12", "The price list id is missing.")
        product = self._complete(writer, row, price_list)
        if product["statecode"] == RETIRED:
            raise errors.bad_request("0x80061009", "You can't add a retired product to a price list.")
        row["organizationid"] = writer.store.organization()["organizationid"]

    def before_update(self, writer: Writer, old: Row, changes: Row) -> None:
        merged = {**old, **changes}
        self._complete(writer, merged, writer.store.rows("pricelevel")[old["_pricelevelid_value"]])
        changes.update({name: value for name, value in merged.items() if old.get(name) != value})

    def _complete(self, writer: Writer, row: Row, price_list: Row) -> Row:
        """Check product and unit and fill what follows from them; the product."""
        product = writer.store.get("product", row.get("_productid_value"))
        if product is None:
            raise errors.bad_request("0x80043b11", "The product id is missing.")
        if product.get("productstructure") == FAMILY:
            raise errors.bad_request("0x8004f902", "You can't add a product family to a price list.")
        unit = writer.store.get("uom", row.get("_uomid_value"))
        if unit is None:
            raise errors.bad_request("0x80043b0d", "The unit id is missing.")
        if product.get("_defaultuomscheduleid_value") is None:
            raise errors.bad_request("0x80043b13", "The unit schedule of the product is missing.")
        if unit["_uomscheduleid_value"] != product["_defaultuomscheduleid_value"]:
            raise errors.bad_request("0x80043b14", "The unit is not valid for this product.")
        self._unique(writer, row)
        self._method(row, product, price_list)
        row["_transactioncurrencyid_value"] = price_list["_transactioncurrencyid_value"]
        row["_uomscheduleid_value"] = product["_defaultuomscheduleid_value"]
        row["productnumber"], row["productidname"] = product.get("productnumber"), product.get("name")
        return product

    @staticmethod
    def _method(row: Row, product: Row, price_list: Row) -> None:
        if row.get("pricingmethodcode", CURRENCY_AMOUNT) == CURRENCY_AMOUNT:
            return
        if product.get("_transactioncurrencyid_value") != price_list["_transactioncurrencyid_value"]:
            text = "The currency of the price list needs to match the currency of the product for this pricing method."
            raise errors.bad_request("0x80048cf9", text)

    @staticmethod
    def _unique(writer: Writer, row: Row) -> None:
        data = writer.store.data["productpricelevel"]
        for other in data.find("_productid_value", row["_productid_value"]):
            held = data.rows[other]
            same = all(held.get(name) == row.get(name) for name in ("_pricelevelid_value", "_uomid_value"))
            if same and other != row["productpricelevelid"]:
                raise errors.bad_request("0x80043b08", "This product and unit combination has a price for this list.")

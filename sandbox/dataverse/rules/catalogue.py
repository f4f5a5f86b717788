"""Rules of currencies, units, price lists and price list items."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from sandbox.dataverse import errors
from sandbox.dataverse.rules.base import Rules
from sandbox.dataverse.rules.products import FAMILY, RETIRED, bundles_of
from sandbox.dataverse.store import Row

if TYPE_CHECKING:
    from sandbox.dataverse.writer import Writer

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
                text = (
                    "Cannot insert duplicate currency record. Currency with the same currency code already exist in the "
                    "system."
                )
                raise errors.bad_request("0x80048cf3", text)
            if len(code) != 3 or not code.isalpha():
                raise errors.bad_request("0x80048cf2", "Invalid ISO currency code.")
            row["isocurrencycode"] = code.upper()

    def before_update(self, writer: Writer, old: Row, changes: Row) -> None:
        is_base = old["transactioncurrencyid"] == base_currency(writer)
        if is_base and changes.get("exchangerate", old["exchangerate"]) != old["exchangerate"]:
            raise errors.bad_request("0x80048cf5", "The exchange rate of the base currency cannot be modified.")
        if is_base and changes.get("statecode"):
            raise errors.bad_request("0x80048cf4", "The base currency cannot be deactivated.")

    def before_delete(self, writer: Writer, row: Row) -> None:
        if row["transactioncurrencyid"] == base_currency(writer):
            raise errors.bad_request("0x80048cff", "The base currency of an organization cannot be deleted.")


class UnitGroups(Rules):
    """A new group brings its base unit."""

    def before_create(self, writer: Writer, row: Row) -> None:
        if row.get("baseuomname") is None:
            raise errors.bad_request("0x80043810", "baseuomname not specified")

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
        if merged["isschedulebaseuom"]:
            self._primary(old, changes)
        elif changes.keys() & {"_baseuom_value", "quantity"}:
            self._check(writer, merged)

    def before_delete(self, writer: Writer, row: Row) -> None:
        if row.get("isschedulebaseuom") and row.get("_uomscheduleid_value") not in writer.going:
            raise errors.bad_request("0x80043b03", "The base unit of a schedule cannot be deleted.")

    @staticmethod
    def _primary(old: Row, changes: Row) -> None:
        """The base unit of a group stays one of itself."""
        if changes.get("quantity", old.get("quantity")) != old.get("quantity"):
            raise errors.bad_request("0x80043b18", "Do not modify the Quantity field when you update the primary unit.")
        if changes.get("_baseuom_value") is not None:
            text = "Do not use a base unit as the value for a primary unit. This value should always be null."
            raise errors.bad_request("0x80043b17", text)

    @staticmethod
    def _check(writer: Writer, row: Row) -> None:
        base = writer.store.get("uom", row.get("_baseuom_value"))
        if base is None:
            raise errors.missing("uom", "baseuom")
        if base["_uomscheduleid_value"] != row["_uomscheduleid_value"]:
            raise errors.bad_request("0x80043b0b", "The base unit does not belong to the schedule.")
        if not row.get("quantity"):
            raise errors.missing("uom", "quantity")
        while base is not None:
            if base["uomid"] == row["uomid"]:
                text = "Using this base unit would create a loop in the unit hierarchy."
                raise errors.bad_request("0x80043b1a", text)
            base = writer.store.get("uom", base.get("_baseuom_value"))

    @staticmethod
    def _unique(writer: Writer, row: Row, key: str) -> None:
        if not row.get("name"):
            raise errors.bad_request("0x80043b26", "The unit name cannot be null.")
        data = writer.store.data["uom"]
        for other in data.find("_uomscheduleid_value", row["_uomscheduleid_value"]):
            if other != key and str(data.rows[other].get("name")).lower() == str(row.get("name")).lower():
                raise errors.bad_request("0x80043b0f", "The name already exists.")


class PriceLists(Rules):
    """A list that is some product's default cannot be deactivated; its currency stays once it has items."""

    def before_create(self, writer: Writer, row: Row) -> None:
        row["_organizationid_value"] = writer.store.organization()["organizationid"]

    def before_update(self, writer: Writer, old: Row, changes: Row) -> None:
        key = old["pricelevelid"]
        if changes.get("statecode") == 1 and _is_default(writer, key):
            raise _default_list()
        currency = changes.get("_transactioncurrencyid_value", old["_transactioncurrencyid_value"])
        items = writer.store.data["productpricelevel"].find("_pricelevelid_value", key)
        if currency != old["_transactioncurrencyid_value"] and items:
            raise errors.not_supported("another currency for a price list that has items")


def _is_default(writer: Writer, key: str) -> bool:
    """Whether the list is the default one of an account, a contact or a product."""
    holders = {"product": "_pricelevelid_value", "account": "_defaultpricelevelid_value"}
    holders["contact"] = holders["account"]
    return any(writer.store.data[table].find(wire, key) for table, wire in holders.items())


def _default_list() -> errors.ServiceError:
    text = (
        "The price level cannot be deactivated because it is the default price level of an account, contact or product."
    )
    return errors.bad_request("0x80043b04", text)


class PriceListItems(Rules):
    """One item per list, product and unit; currency and names come from list and product."""

    def before_create(self, writer: Writer, row: Row) -> None:
        price_list = writer.store.get("pricelevel", row.get("_pricelevelid_value"))
        if price_list is None:
            raise errors.bad_request("0x80043b12", "The price level id is missing.")
        product = self._complete(writer, row, price_list)
        if product["statecode"] == RETIRED:
            raise errors.bad_request("0x80061009", "Retired products can not be added to pricelists.")
        row["organizationid"] = writer.store.organization()["organizationid"]

    def before_update(self, writer: Writer, old: Row, changes: Row) -> None:
        merged = {**old, **changes}
        self._complete(writer, merged, writer.store.rows("pricelevel")[old["_pricelevelid_value"]])
        changes.update({name: value for name, value in merged.items() if old.get(name) != value})

    def before_delete(self, writer: Writer, row: Row) -> None:
        price_list, product = row["_pricelevelid_value"], row["_productid_value"]
        if {price_list, product} & writer.going:
            return
        data = writer.store.data["productpricelevel"]
        for bundle in bundles_of(writer, product):
            items = data.find("_productid_value", bundle["productid"])
            if any(data.rows[key]["_pricelevelid_value"] == price_list for key in items):
                text = "You can't remove this product from the pricelist because one or more bundles refer to it."
                raise errors.bad_request("0x80061008", text)

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
            raise errors.bad_request("0x80043b13", "The unit schedule id of the product is missing.")
        if unit["_uomscheduleid_value"] != product["_defaultuomscheduleid_value"]:
            raise errors.bad_request("0x80043b14", "The specified unit is not valid for this product.")
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
        percentage = row.get("percentage")
        if percentage is not None and not 0 <= percentage < 100_000:
            text = "The pricing percentage must be greater than or equal to zero and less than 100000."
            raise errors.bad_request("0x80043b0c", text)
        if product.get("_transactioncurrencyid_value") != price_list["_transactioncurrencyid_value"]:
            text = "The currency of the price list needs to match the currency of the product for pricing method percentage."
            raise errors.bad_request("0x80048cf9", text)

    @staticmethod
    def _unique(writer: Writer, row: Row) -> None:
        data = writer.store.data["productpricelevel"]
        for other in data.find("_productid_value", row["_productid_value"]):
            held = data.rows[other]
            same = all(held.get(name) == row.get(name) for name in ("_pricelevelid_value", "_uomid_value"))
            if same and other != row["productpricelevelid"]:
                raise errors.bad_request(
                    "0x80043b08", "This product and unit combination has a price for this price list."
                )

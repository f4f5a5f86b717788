"""NAV's business code of the master tables: what field and table triggers check and change.

Sources: reference 5, 7.7; table 18, 27, 156, 5050, 7002 and codeunits 5056 (CustCont-Update), 5055 of NAV 2017/2018.
"""

from __future__ import annotations

from typing import Any, Final

from sandbox.nav import people, rules_documents
from sandbox.nav.errors import NavError
from sandbox.nav.pricing import rounded
from sandbox.nav.schema import EMPTY_DATE
from sandbox.nav.store import Row
from sandbox.nav.tables import TABLES
from sandbox.nav.writer import FieldTrigger, TableTrigger, Writer

UNIT_PRICE_PRECISION: Final = 0.00001
"""Decimal places 2:5 of Unit Price, tables 27 and 7002."""


def _search_description(_writer: Writer, row: Row, before: Row) -> None:
    if row.get("Search_Description", "") in ("", before.get("Description", "").upper()):
        row["Search_Description"] = row["Description"].upper()


def _resource_name(_writer: Writer, row: Row, before: Row) -> None:
    if row.get("Search_Name", "") in ("", before.get("Name", "").upper()):
        row["Search_Name"] = row["Name"].upper()


def _base_unit(_writer: Writer, row: Row, before: Row) -> None:
    """A new base unit becomes the sales and the purchase unit as well."""
    if row["Base_Unit_of_Measure"] != before.get("Base_Unit_of_Measure", ""):
        row["Sales_Unit_of_Measure"] = row["Purch_Unit_of_Measure"] = row["Base_Unit_of_Measure"]


def _item_price(_writer: Writer, row: Row, _before: Row) -> None:
    """A unit price has at most five decimals; what is sent with more is rounded."""
    row["Unit_Price"] = rounded(row["Unit_Price"], UNIT_PRICE_PRECISION)


def _item_type(_writer: Writer, row: Row, before: Row) -> None:
    if before.get("Inventory") and row["Type"] != before.get("Type", "Inventory"):
        raise NavError(
            "Application_DialogException",
            f"You cannot change the Type field on Item {row.get('No', '')} because ledger entries exist for it.",
        )


def _resource_cost(_writer: Writer, row: Row, _before: Row) -> None:
    cost = row.get("Direct_Unit_Cost", 0)
    row["Unit_Cost"] = round(cost * (1 + row.get("Indirect_Cost_Percent", 0) / 100), 5)


def _other_item_unit(name: str) -> FieldTrigger:
    """A sales or purchase unit has to be one of the item's units."""

    def check(writer: Writer, row: Row, _before: Row) -> None:
        code = row[name]
        units = writer.store.tables["ItemUnitOfMeasure"]
        known = code in ("", row.get("Base_Unit_of_Measure", "")) or units.get((row.get("No", ""), code))
        if not known:
            raise writer.unrelated(TABLES["Item"], name, code, "ItemUnitOfMeasure")

    return check


def _resource_base_unit(writer: Writer, row: Row, _before: Row) -> None:
    """The base unit of a resource is one of its own units; NAV creates the row for a unit it knows."""
    code, no = row["Base_Unit_of_Measure"], row.get("No", "")
    own = writer.store.tables["ResourceUnitOfMeasure"].get((no, code))
    if not own and not writer.store.exists("UnitOfMeasure", code):
        raise writer.unrelated(TABLES["Resource"], "Base_Unit_of_Measure", code, "ResourceUnitOfMeasure")


def _item_unit_row(writer: Writer, row: Row, _old: Row) -> None:
    """The base unit's row is created with the item."""
    _unit_row(writer, "ItemUnitOfMeasure", "Item_No", row)


def _resource_unit_row(writer: Writer, row: Row, _old: Row) -> None:
    _unit_row(writer, "ResourceUnitOfMeasure", "Resource_No", row)


def _unit_row(writer: Writer, table: str, owner: str, row: Row) -> None:
    code = row.get("Base_Unit_of_Measure", "")
    if code and writer.store.tables[table].get((row["No"], code)) is None:
        new: Row = {owner: row["No"], "Code": code, "Qty_per_Unit_of_Measure": 1}
        writer.put(table, new, "inserted")


def _item_unit_quantity(writer: Writer, row: Row, _old: Row) -> None:
    quantity = row.setdefault("Qty_per_Unit_of_Measure", 1)
    item = writer.store.tables["Item"].get((row.get("Item_No", ""),)) or {}
    if quantity <= 0:
        raise NavError("Application_FieldValidationException", "Qty. per Unit of Measure must be greater than 0.")
    if item.get("Base_Unit_of_Measure") == row.get("Code") and quantity != 1:
        raise NavError(
            "Application_FieldValidationException",
            "Qty. per Unit of Measure must be equal to '1' for the base unit of measure.",
        )


def _item_unit_in_use(writer: Writer, row: Row, _old: Row) -> None:
    item = writer.store.tables["Item"].get((row["Item_No"],)) or {}
    if item.get("Base_Unit_of_Measure") == row["Code"]:
        raise NavError(
            "Application_DialogException",
            f"You cannot delete the unit {row['Code']}: it is the base unit of measure of item {row['Item_No']}.",
        )


_SALES_CODE_TABLE: Final = {"Customer": "Customer", "Customer Price Group": "CustomerPriceGroup"}


def _sales_price(writer: Writer, row: Row, _old: Row) -> None:
    """Sales code by type, a unit of the item, an end not before the start."""
    kind, code = row.get("Sales_Type", "Customer"), row.get("Sales_Code", "")
    if (kind == "All Customers") != (code == ""):
        rule = "must be blank" if kind == "All Customers" else "must have a value"
        raise NavError("Application_FieldValidationException", f"Sales Code {rule} for Sales Type {kind}.")
    target = _SALES_CODE_TABLE.get(kind)
    if target and not writer.store.exists(target, code):
        raise writer.unrelated(TABLES["SalesPrice"], "Sales_Code", code, target)
    unit = row.get("Unit_of_Measure_Code", "")
    if unit and writer.store.tables["ItemUnitOfMeasure"].get((row.get("Item_No", ""), unit)) is None:
        raise writer.unrelated(TABLES["SalesPrice"], "Unit_of_Measure_Code", unit, "ItemUnitOfMeasure")
    start, end = row.get("Starting_Date", EMPTY_DATE), row.get("Ending_Date", EMPTY_DATE)
    if end not in (EMPTY_DATE, "") and end < start:
        raise NavError("Application_DialogException", f"Starting Date {start} cannot be after Ending Date {end}.")


def _delete_item(writer: Writer, row: Row, _old: Row) -> None:
    if writer.store.tables["SalesLine"].where(Type="Item", No=row["No"]):
        raise NavError(
            "Application_DialogException",
            f"You cannot delete Item {row['No']} because there is at least one outstanding Sales Order that includes it.",
        )
    _drop_all(writer, "ItemUnitOfMeasure", Item_No=row["No"])
    _drop_all(writer, "SalesPrice", Item_No=row["No"])


def _delete_price_group(writer: Writer, row: Row, _old: Row) -> None:
    _drop_all(writer, "SalesPrice", Sales_Type="Customer Price Group", Sales_Code=row["Code"])


def _delete_currency(writer: Writer, row: Row, _old: Row) -> None:
    _drop_all(writer, "CurrencyExchangeRate", Currency_Code=row["Code"])


def _delete_resource(writer: Writer, row: Row, _old: Row) -> None:
    _drop_all(writer, "ResourceUnitOfMeasure", Resource_No=row["No"])


def _drop_all(writer: Writer, table: str, **values: Any) -> None:
    for row in writer.store.tables[table].where(**values):
        writer.drop(table, row)


FIELD_TRIGGERS: Final[dict[tuple[str, str], FieldTrigger]] = {
    ("Item", "Description"): _search_description,
    ("Item", "Base_Unit_of_Measure"): _base_unit,
    ("Item", "Sales_Unit_of_Measure"): _other_item_unit("Sales_Unit_of_Measure"),
    ("Item", "Purch_Unit_of_Measure"): _other_item_unit("Purch_Unit_of_Measure"),
    ("Item", "Type"): _item_type,
    ("Item", "Unit_Price"): _item_price,
    ("SalesPrice", "Unit_Price"): _item_price,
    ("Resource", "Name"): _resource_name,
    ("Resource", "Base_Unit_of_Measure"): _resource_base_unit,
    ("Resource", "Direct_Unit_Cost"): _resource_cost,
    ("Resource", "Indirect_Cost_Percent"): _resource_cost,
    **people.FIELD_TRIGGERS,
    **rules_documents.FIELD_TRIGGERS,
}
NEW_RECORD: Final[dict[str, TableTrigger]] = {**rules_documents.NEW_RECORD}
BEFORE_INSERT: Final[dict[str, TableTrigger]] = {
    "ItemUnitOfMeasure": _item_unit_quantity,
    "SalesPrice": _sales_price,
    **people.BEFORE_INSERT,
    **rules_documents.BEFORE_INSERT,
}
AFTER_INSERT: Final[dict[str, TableTrigger]] = {
    "Item": _item_unit_row,
    "Resource": _resource_unit_row,
    **people.AFTER_INSERT,
    **rules_documents.AFTER_INSERT,
}
BEFORE_MODIFY: Final[dict[str, TableTrigger]] = {
    "ItemUnitOfMeasure": _item_unit_quantity,
    "SalesPrice": _sales_price,
    **rules_documents.BEFORE_MODIFY,
}
AFTER_MODIFY: Final[dict[str, TableTrigger]] = {
    "Item": _item_unit_row,
    "Resource": _resource_unit_row,
    **people.AFTER_MODIFY,
    **rules_documents.AFTER_MODIFY,
}
BEFORE_DELETE: Final[dict[str, TableTrigger]] = {
    "Item": _delete_item,
    "ItemUnitOfMeasure": _item_unit_in_use,
    "Resource": _delete_resource,
    "CustomerPriceGroup": _delete_price_group,
    "Currency": _delete_currency,
    **people.BEFORE_DELETE,
    **rules_documents.BEFORE_DELETE,
}

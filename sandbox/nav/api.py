"""Business Central's API v2.0: the entities as data, and how their values differ from those of page services.

A control is `name=Field` with an optional conversion: `:lcy` shows the local currency's code for a blank one, `:id`
the SystemId of the related record. Reference 1.6, 1.8, 5.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from sandbox.common.faults import Effects
from sandbox.nav.errors import NavError, record_exists, record_not_found, unknown_property
from sandbox.nav.filters import Read
from sandbox.nav.schema import EMPTY_GUID, Field, Page
from sandbox.nav.store import CompanyStore, Key, Row
from sandbox.nav.values import checked, parsed
from sandbox.nav.view import PageView
from sandbox.nav.writer import Values, Writer

_NOT_PLAIN: Final = re.compile(r"[^A-Za-z0-9]")
_ADDRESS: Final = (
    " addressLine1=Address addressLine2=Address_2 city=City state=County country=Country_Region_Code"
    " postalCode=Post_Code phoneNumber=Phone_No"
)
_DECLARED: Final[dict[str, tuple[str, str, bool]]] = {
    # entity: (table, controls, writable)
    "customers": (
        "Customer",
        "number=No displayName=Name"
        + _ADDRESS
        + " email=E_Mail website=Home_Page salespersonCode=Salesperson_Code balanceDue=Balance_Due_LCY"
        " creditLimit=Credit_Limit_LCY taxRegistrationNumber=VAT_Registration_No currencyId=Currency_Code:id"
        " currencyCode=Currency_Code:lcy paymentTermsId=Payment_Terms_Code:id"
        " shipmentMethodId=Shipment_Method_Code:id blocked=Blocked",
        True,
    ),
    "contacts": (
        "Contact",
        "number=No type=Type displayName=Name jobTitle=Job_Title companyNumber=Company_No companyName=Company_Name"
        + _ADDRESS
        + " mobilePhoneNumber=Mobile_Phone_No email=E_Mail website=Home_Page searchName=Search_Name"
        " privacyBlocked=Privacy_Blocked taxRegistrationNumber=VAT_Registration_No"
        " lastInteractionDate=Date_of_Last_Interaction",
        True,
    ),
    "items": (
        "Item",
        "number=No displayName=Description displayName2=Description_2 type=Type itemCategoryCode=Item_Category_Code"
        " blocked=Blocked gtin=GTIN inventory=Inventory unitPrice=Unit_Price priceIncludesTax=Price_Includes_VAT"
        " unitCost=Unit_Cost baseUnitOfMeasureId=Base_Unit_of_Measure:id baseUnitOfMeasureCode=Base_Unit_of_Measure"
        " generalProductPostingGroupCode=Gen_Prod_Posting_Group inventoryPostingGroupCode=Inventory_Posting_Group",
        True,
    ),
    "currencies": (
        "Currency",
        "code=Code displayName=Description symbol=Symbol amountDecimalPlaces=Amount_Decimal_Places"
        " amountRoundingPrecision=Invoice_Rounding_Precision",
        False,
    ),
    "currencyExchangeRates": (
        "CurrencyExchangeRate",
        "currencyCode=Currency_Code startingDate=Starting_Date relationalCurrencyCode=Relational_Currency_Code"
        " exchangeRateAmount=Exchange_Rate_Amount relationalExchangeRateAmount=Relational_Exch_Rate_Amount",
        False,
    ),
    "unitsOfMeasure": (
        "UnitOfMeasure",
        "code=Code displayName=Description internationalStandardCode=International_Standard_Code symbol=Symbol",
        False,
    ),
    "paymentTerms": (
        "PaymentTerms",
        "code=Code displayName=Description dueDateCalculation=Due_Date_Calculation"
        " discountDateCalculation=Discount_Date_Calculation discountPercent=Discount_Percent"
        " calculateDiscountOnCreditMemos=Calc_Pmt_Disc_on_Cr_Memos",
        False,
    ),
    "shipmentMethods": ("ShipmentMethod", "code=Code displayName=Description", False),
    "salespeoplePurchasers": (
        "Salesperson",
        "code=Code displayName=Name jobTitle=Job_Title commisionPercent=Commission_Percent phoneNo=Phone_No"
        " email=E_Mail privacyBlocked=Privacy_Blocked",
        False,
    ),
    "companyInformation": ("GeneralLedgerSetup", "currencyCode=LCY_Code", False),
}


def _entity(name: str, table: str, controls: str, writable: bool) -> Page:
    pairs = (word.partition("=") for word in controls.split())
    shown = {"id": "$id", **{control: field for control, _, field in pairs}, "lastModifiedDateTime": "$modified"}
    return Page(name, 0, table, shown, insert=writable, modify=writable, delete=writable)


ENTITIES: Final[dict[str, Page]] = {name: _entity(name, *declared) for name, declared in _DECLARED.items()}


class ApiView(PageView):
    """An API entity of one company: rows are named by id, options are enum members."""

    def __init__(self, page: Page, store: CompanyStore, flavour: str, dropped: frozenset[str] = frozenset()) -> None:
        plain = {control: name.partition(":")[0] for control, name in page.controls.items()}
        self._conversions = {control: name.partition(":")[2] for control, name in page.controls.items()}
        bare = Page(page.service, page.number, page.table, plain, page.insert, page.modify, page.delete)
        super().__init__(bare, store, flavour, dropped)
        for control, field in self.fields.items():
            convert = _CONVERSIONS.get(self._conversions[control])
            if convert is not None:
                self.readers[control] = convert(store, field, self.readers[control])
            if self._conversions[control] == "id":
                self.fields[control] = Field(field.name, "guid", relation=field.relation)

    def projector(self, select: str | None) -> Callable[[Row], dict[str, Any]]:
        names = list(self.fields) if not select else self._selected(select)
        shown = [(name, self.readers[name], self.fields[name].kind == "option") for name in names]

        def show(row: Row) -> dict[str, Any]:
            values = {name: enum_member(read(row)) if option else read(row) for name, read, option in shown}
            return {"@odata.etag": self.etag(row)} | values

        return show

    def find(self, text: str) -> Row:
        if text.startswith("'"):
            raise NavError("BadRequest_InvalidRequestUrl", f"The id {text} must not be quoted in API v2.0.")
        row = self.rows.by_id(self._guid(text))
        if row is None:
            raise record_not_found(self.table.caption, {"id": text})
        return row

    def token(self, row: Row) -> str:
        return self.rows.id_of(row)

    def after(self, token: str) -> Key:
        row = self.rows.by_id(self._guid(token))
        if row is None:
            raise NavError("BadRequest", "The skip token names a row that is gone.")
        return self.table.key_of(row)

    def address(self, row: Row) -> str:
        return f"{self.page.service}({self.rows.id_of(row)})"

    def accepted(self, body: Mapping[str, Any], *, new: bool) -> list[tuple[str, Any]]:
        if new and self.table.name in ("Customer", "Item") and not str(body.get("displayName", "")).strip():
            raise NavError("BadRequest_RequiredParamNotProvided", 'A "displayName" must be provided.')
        where = self.table.caption
        return [self._accept(name, value, where) for name, value in body.items() if "@" not in name]

    def modify(self, writer: Writer, row: Row, values: Values, effects: Effects) -> Row:
        """A changed `number` or `code` renames the record once its other values are in."""
        name, key = self.table.name, self.table.key_of(row)
        wanted = (dict(values).get(self.table.key[0], key[0]), *key[1:])
        if wanted == key:
            return writer.modify(name, row, values, effects)
        if self.rows.get(wanted) is not None:
            raise record_exists(self.table.caption, dict(zip(self.table.key, wanted, strict=True)))
        writer.modify(name, row, [pair for pair in values if pair[0] not in self.table.key], effects)
        return writer.rename(name, key, wanted)

    def _accept(self, name: str, value: Any, where: str) -> tuple[str, Any]:
        field = self.fields.get(name)
        if field is None:
            raise unknown_property(name, self.page.service)
        if field.read_only:
            raise NavError("BadRequest_InvalidOperation", f"The property '{name}' is read-only.")
        stored = self.page.controls[name]
        value = checked(field, value, self.flavour, where)
        if self._conversions[name] == "id":
            return stored, self._code(field.relation, value)
        if self._conversions[name] == "lcy" and value == local_currency(self.store):
            return stored, ""
        return stored, value

    def _code(self, table: str, row_id: str) -> str:
        """The code of a related record named by id; the empty id is a blank code."""
        if row_id == EMPTY_GUID:
            return ""
        rows = self.store.tables[table]
        row = rows.by_id(row_id)
        if row is None:
            raise record_not_found(rows.table.caption, {"id": row_id})
        return str(row[rows.table.key[0]])

    @staticmethod
    def _guid(text: str) -> str:
        try:
            return str(parsed(Field("id", "guid"), text))
        except NavError:
            raise NavError("Application_InvalidGUID", f"'{text}' is not a valid GUID.") from None


def local_currency(store: CompanyStore) -> str:
    """The code of the local currency."""
    setup = store.tables["GeneralLedgerSetup"].get(("",)) or {}
    return str(setup.get("LCY_Code", ""))


def enum_member(option: str) -> str:
    """An option as enum member: what a name cannot hold is written `_x0020_`."""
    return _NOT_PLAIN.sub(lambda match: f"_x{ord(match[0]):04X}_", option)


def _lcy(store: CompanyStore, _field: Field, read: Read) -> Read:
    return lambda row: read(row) or local_currency(store)


def _related_id(store: CompanyStore, field: Field, read: Read) -> Read:
    rows = store.tables[field.relation]

    def related(row: Mapping[str, Any]) -> str:
        found = rows.get((read(row),))
        return rows.id_of(found) if found else EMPTY_GUID

    return related


_CONVERSIONS: Final[dict[str, Callable[[CompanyStore, Field, Read], Read]]] = {"lcy": _lcy, "id": _related_id}

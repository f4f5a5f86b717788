"""Readable labels and schema names for lower-case logical names, by cutting them into known words."""

from __future__ import annotations

from functools import cache

_WORDS = frozenset(
    """
    access account accounts action active actual address addresses administrator agent aging amount anniversary
    annual application appointment approval assistant association attribute average azure back balance base begin
    bill birth block body bonus book bought box branch budget bulk bundle business by calculation campaign cancelled
    category city class classification close closed code company competitor complete component configuration contact
    container contents control cost count country county created credit currency current custom customer customers
    data date day deal decimal decision default delivered delivery delivering department description detail details
    device directory disabled discount display division document domain donot do due duplicate duration education
    effective email emails employee employees enabled end error estimated exchange expense expire expires extended
    external family fax file final first flag follow format freight friendly from fulfilled full ftp gender government
    group growth hand hierarchy hold home id image import in income index industry initial integration invoice invite
    invited is iso item job key kit last latitude level license licensed line list location lock locked longitude
    mailbox maker manager managed manual market marketing master material max maxi members merged message method
    middle mime mobile mode modified multiple name need nick not note number object office offline on only open
    opportunity option order orders organization originating out outgoing incoming overridden over owned owner
    ownership owning pager pain parent participates password path payment per percentage percent permit person personal
    phone points policy position post postal precision preferred previous price pricing primary priority privilege
    probability process product products profit progress project prospect purchase push quantity queue quote rate
    rating reason regarding relation requirement request requested revenue revision role rounding router sales
    salutation sales sapp satellite schedule score selling send sent sequence service shares shipped shipping ship
    short sic site size skip solution source speed spouse stage standard start started state status stock street
    structure subject submit suffix supplier symbol synch system tax team telephone template temporary term terms
    territory text ticker time timeframe timeline title to total track tracking transaction twitter type units unit
    until update updated upper url uri use user valid value vendor version visible volume weight web website when
    will call with work workflow yearly zip zone zones uom is sub accounts back ordered backordered scheduled
    percent method exchange line1 line2 line3 telephone1 telephone2 telephone3 emailaddress1 less details pricelist
    outstanding mail communication qualification comments proposed situation currentsituation solution
    evaluate fit identify pursuit resolve reseller setup windows live limit deals cap creation part extra numbers last
    mobile revenue send mm employ hold of behalf backoffice upsz
    ups utc offset property symbol fullname convention prefix tokens specifier unique length isv oob sop pricelevel
    calculated denied fixed grand local decimals read write lookup kind sort attempts retry error friendly correlation
    entered days price level exchange precision product pricelevel
    annotation cal completed center without inactive customization enable expire change as context installed internal api
    copied processing allowed detection create rep sync language lead locale upload root satori publisher filter sdk
    secondary package use built rule selection suspended deals price
    """.split()
)
_SPECIAL = {
    "stateorprovince": "State/Province",
    "postalcode": "ZIP/Postal Code",
    "country": "Country/Region",
    "line1": "Street 1",
    "line2": "Street 2",
    "line3": "Street 3",
    "fullname": "Full Name",
    "statecode": "Status",
    "statuscode": "Status Reason",
    "createdby": "Created By",
    "createdon": "Created On",
    "modifiedby": "Modified By",
    "modifiedon": "Modified On",
    "ownerid": "Owner",
    "creditonhold": "Credit Hold",
    "accountnumber": "Account Number",
    "emailaddress1": "Email",
    "emailaddress2": "Email Address 2",
    "emailaddress3": "Email Address 3",
    "telephone1": "Main Phone",
    "telephone2": "Other Phone",
    "telephone3": "Telephone 3",
    "websiteurl": "Website",
    "customertypecode": "Relationship Type",
    "primarycontactid": "Primary Contact",
    "parentcustomerid": "Company Name",
    "transactioncurrencyid": "Currency",
    "productnumber": "Product ID",
    "defaultuomid": "Default Unit",
    "defaultuomscheduleid": "Unit Group",
    "uomid": "Unit",
    "uomscheduleid": "Unit Group",
    "pricelevelid": "Price List",
    "productid": "Product",
    "currencyname": "Currency Name",
    "isocurrencycode": "Currency Code",
    "customerid": "Customer",
    "quantityonhand": "Quantity On Hand",
    "description": "Description",
}


_SCHEMA_NAMES = {
    "emailaddress": "EMailAddress",
    "emailaddress1": "EMailAddress1",
    "emailaddress2": "EMailAddress2",
    "emailaddress3": "EMailAddress3",
    "stateorprovince": "StateOrProvince",
    "isocurrencycode": "ISOCurrencyCode",
    "uomid": "UoMId",
    "uomscheduleid": "UoMScheduleId",
    "defaultuomid": "DefaultUoMId",
    "defaultuomscheduleid": "DefaultUoMScheduleId",
}
TABLE_LABELS = {
    "systemuser": "User",
    "role": "Security Role",
    "annotation": "Note",
    "transactioncurrency": "Currency",
    "uomschedule": "Unit Group",
    "uom": "Unit",
    "pricelevel": "Price List",
    "productpricelevel": "Price List Item",
    "salesorder": "Order",
    "salesorderdetail": "Order Product",
    "quotedetail": "Quote Product",
    "invoicedetail": "Invoice Product",
    "importjob": "Import Job",
    "sdkmessage": "Sdk Message",
    "sdkmessagefilter": "Sdk Message Filter",
}
"""Display names of tables that do not follow from the logical name."""


@cache
def label(name: str) -> str:
    """The display name: `accountnumber` gives "Account Number", `address1_city` gives "Address 1: City"."""
    block, _, rest = name.partition("_")
    if rest and rest != "base" and block[-1:].isdigit():
        return f"{block[:-1].title()} {block[-1]}: {label(rest)}"
    if rest and block in ("billto", "shipto"):
        return f"{block[:-2].title()} To {label(rest)}"
    if name.endswith("_base"):
        return f"{label(name.removesuffix('_base'))} (Base)"
    if name in _SPECIAL:
        return _SPECIAL[name]
    words = _cut(name.replace("_", "")) or [name]
    if len(words) > 1 and words[-1] in ("id", "code"):
        words = words[:-1]
    return " ".join(word.title() for word in words)


@cache
def schema_name(name: str) -> str:
    """The schema name: `accountnumber` gives AccountNumber, `address1_city` gives Address1_City."""
    parts = name.split("_")
    return "_".join(_SCHEMA_NAMES.get(part) or "".join(map(str.title, _cut(part) or [part])) for part in parts)


@cache
def _cut(text: str) -> list[str] | None:
    """The words `text` is made of, with as few words as possible; None if it is not made of known ones."""
    best: list[str] | None = [] if not text else None
    for end in range(len(text), 0, -1):
        head = text[:end]
        if head in _WORDS or (end == len(text) and head.isdigit()):
            rest = _cut(text[end:])
            if rest is not None and (best is None or len(rest) + 1 < len(best)):
                best = [head, *rest]
    return best

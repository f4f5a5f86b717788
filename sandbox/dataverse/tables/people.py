"""Accounts, contacts and notes."""

from __future__ import annotations

from sandbox.dataverse.schema import (
    APPLICATION,
    DEFAULT_REASONS,
    RECOMMENDED,
    SYSTEM,
    Column,
    choice,
    choices,
    date,
    flag,
    lookup,
    lookup_any,
    memo,
    moment,
    money,
    table,
    text,
    whole,
)
from sandbox.dataverse.tables.shared import (
    DEFAULT_VALUE,
    address,
    aging,
    person_choices,
    person_flags,
    process,
    service_levels,
)

_INDUSTRIES = (
    "Accounting|Agriculture and Non-petrol Natural Resource Extraction|Broadcasting Printing and Publishing|Brokers|"
    "Building Supply Retail|Business Services|Consulting|Consumer Services|Design, Direction and Creative Management|"
    "Distributors, Dispatchers and Processors|Doctor's Offices and Clinics|Durable Manufacturing|"
    "Eating and Drinking Places|Entertainment Retail|Equipment Rental and Leasing|Financial|"
    "Food and Tobacco Processing|Inbound Capital Intensive Processing|Inbound Repair and Services|Insurance|"
    "Legal Services|Non-Durable Merchandise Retail|Outbound Consumer Service|"
    "Petrochemical Extraction and Distribution|Service Retail|SIG Affiliations|Social Services|"
    "Special Outbound Trade Contractors|Specialty Realty|Transportation|Utility Creation and Distribution|"
    "Vehicle Retail|Wholesale"
)
INDUSTRIES = dict(enumerate(_INDUSTRIES.split("|"), start=1))

ACCOUNT = table(
    "account",
    "accounts",
    "Account",
    1,
    [
        text(160, "name", required=APPLICATION),
        text(10, "tickersymbol"),
        text(20, "accountnumber sic stockexchange"),
        text(50, "telephone1 telephone2 telephone3 fax"),
        text(100, "emailaddress1 emailaddress2 emailaddress3"),
        text(128, "primarytwitterid"),
        text(200, "websiteurl ftpsiteurl primarysatoriid"),
        memo(2000, "description"),
        whole(0, 10**9, "numberofemployees sharesoutstanding"),
        money(0, 1e14, "revenue marketcap creditlimit"),
        aging(),
        money(0, 1e14, "openrevenue", access=""),
        whole(0, 10**9, "opendeals", access="") + whole(0, 10**9, "opendeals_state openrevenue_state", access=""),
        moment("opendeals_date openrevenue_date", access=""),
        person_flags(),
        flag("merged", access=""),
        person_choices(),
        choice("accountcategorycode", {1: "Preferred Customer", 2: "Standard"}),
        choices("accountratingcode accountclassificationcode businesstypecode", DEFAULT_VALUE, default=1),
        choice("industrycode", INDUSTRIES),
        choice("ownershipcode", {1: "Public", 2: "Private", 3: "Subsidiary", 4: "Other"}),
        lookup("primarycontactid", "contact"),
        lookup("parentaccountid", "account"),
        lookup("masterid", "account", access=""),
        lookup("preferredsystemuserid", "systemuser"),
        lookup("defaultpricelevelid", "pricelevel") + lookup("territoryid", "territory"),
        lookup("originatingleadid", "lead") + service_levels("account") + process(),
        lookup("transactioncurrencyid", "transactioncurrency"),
        address("address1"),
        address("address2"),
    ],
    ownership="UserOwned",
    states=DEFAULT_REASONS,
    bulk=True,
)

CONTACT = table(
    "contact",
    "contacts",
    "Contact",
    2,
    [
        text(50, "lastname", required=APPLICATION),
        text(50, "firstname", required=RECOMMENDED),
        text(160, "fullname", access=""),
        text(10, "suffix"),
        text(50, "middlename governmentid employeeid assistantphone managerphone mobilephone pager"),
        text(50, "telephone1 telephone2 telephone3 fax"),
        text(100, "salutation jobtitle department nickname assistantname managername"),
        text(100, "emailaddress1 emailaddress2 emailaddress3"),
        text(200, "websiteurl ftpsiteurl"),
        memo(2000, "description"),
        date("anniversary birthdate"),
        money(0, 1e14, "annualincome creditlimit"),
        aging(),
        person_flags(),
        flag("isbackofficecustomer"),
        flag("merged", access=""),
        person_choices(),
        choice("leadsourcecode", DEFAULT_VALUE, default=1),
        choice("gendercode", {1: "Male", 2: "Female"}),
        choice("familystatuscode", {1: "Single", 2: "Married", 3: "Divorced", 4: "Widowed"}),
        choice("accountrolecode", {1: "Decision Maker", 2: "Employee", 3: "Influencer"}),
        lookup_any("parentcustomerid", ("account", "contact"), "Customer"),
        lookup("accountid", "account", access=""),
        lookup("masterid", "contact", access=""),
        lookup("preferredsystemuserid", "systemuser"),
        lookup("defaultpricelevelid", "pricelevel") + lookup("originatingleadid", "lead") + process(),
        lookup("transactioncurrencyid", "transactioncurrency"),
        address("address1"),
        address("address2", 100),
        address("address3"),
    ],
    primary_name="fullname",
    ownership="UserOwned",
    states=DEFAULT_REASONS,
    bulk=True,
)

ANNOTATED = ("account", "contact", "product", "opportunity", "quote", "salesorder", "invoice")

ANNOTATION = table(
    "annotation",
    "annotations",
    "Annotation",
    5,
    [
        text(500, "subject", required=APPLICATION),
        memo(100_000, "notetext"),
        text(255, "filename"),
        text(256, "mimetype"),
        text(1_073_741_823, "documentbody"),
        flag("isdocument", required=SYSTEM),
        whole(0, 10**9, "filesize", access=""),
        lookup_any("objectid", ANNOTATED, access="C"),
        [Column("objecttypecode", "EntityName", access="C")],
    ],
    primary_name="subject",
    ownership="UserOwned",
)

TABLES = (ACCOUNT, CONTACT, ANNOTATION)

"""Users, teams, roles, business units and the organisation."""

from __future__ import annotations

from sandbox.dataverse.schema import (
    APPLICATION,
    SYSTEM,
    Column,
    choice,
    choices,
    double,
    flag,
    guid,
    lookup,
    memo,
    table,
    text,
    whole,
)
from sandbox.dataverse.tables.shared import address, user_address

_CAL_TYPES = (
    "Professional|Administrative|Basic|Device Professional|Device Basic|Essential|Device Essential|Enterprise|"
    "Device Enterprise|Sales|Service|Field Service|Project Service"
)
_INVITES = (
    "Invitation Not Sent|Invited|Invitation Near Expired|Invitation Expired|Invitation Accepted|"
    "Invitation Rejected|Invitation Revoked"
)
_ACCESS_MODES = "Read-Write|Administrative|Read|Support User|Non-interactive|Delegated Admin"
_EMAIL_DELIVERY = {0: "None", 1: "Microsoft Dynamics 365 for Outlook", 2: "Server-Side Synchronization or Email Router"}
_NAME_ORDERS = (
    "Last Name, First Name|First Name|Last Name, First Name, Middle Initial|First Name, Middle Initial, Last Name|"
    "Last Name, First Name, Middle Name|First Name, Middle Name, Last Name|Last Name, space, First Name|"
    "Last Name, no space, First Name"
)

SYSTEMUSER = table(
    "systemuser",
    "systemusers",
    "SystemUser",
    8,
    [
        text(1024, "domainname", required=SYSTEM),
        text(64, "firstname lastname", required=APPLICATION),
        text(200, "fullname", access=""),
        text(20, "salutation"),
        text(50, "middlename nickname homephone"),
        text(64, "mobilephone"),
        text(100, "personalemailaddress internalemailaddress jobtitle employeeid"),
        text(128, "title"),
        text(500, "disabledreason", access=""),
        text(1024, "applicationiduri", access=""),
        flag("isdisabled"),
        flag("setupuser isintegrationuser issyncwithdirectory", required=SYSTEM),
        flag("islicensed", required=SYSTEM, default=True),
        whole(-(2**31), 2**31 - 1, "userlicensetype", required=SYSTEM),
        choices("incomingemaildeliverymethod outgoingemaildeliverymethod", _EMAIL_DELIVERY, required=SYSTEM, default=0),
        choice("accessmode", dict(enumerate(_ACCESS_MODES.split("|"))), required=SYSTEM, default=0),
        choice("caltype", dict(enumerate(_CAL_TYPES.split("|"))), required=SYSTEM, default=0),
        choice("invitestatuscode", dict(enumerate(_INVITES.split("|"))), required=APPLICATION, default=4),
        guid("applicationid"),
        guid("azureactivedirectoryobjectid", access="C"),
        guid("organizationid", access=""),
        lookup("businessunitid", "businessunit", required=SYSTEM),
        lookup("parentsystemuserid", "systemuser") + lookup("queueid", "queue"),
        lookup("positionid", "position") + lookup("territoryid", "territory"),
        choice(
            "emailrouteraccessapproval",
            {0: "Empty", 1: "Approved", 2: "Pending Approval", 3: "Rejected"},
            required=SYSTEM,
            access="U",
            default=0,
        ),
        lookup("transactioncurrencyid", "transactioncurrency"),
        user_address("address1"),
        user_address("address2"),
    ],
    primary_name="fullname",
    ownership="BusinessOwned",
    optimistic=False,
    deletable=False,
)

TEAM = table(
    "team",
    "teams",
    "Team",
    9,
    [
        text(160, "name", required=SYSTEM),
        text(100, "emailaddress"),
        memo(2000, "description"),
        choice(
            "teamtype",
            {0: "Owner", 1: "Access", 2: "Security Group", 3: "Office Group"},
            required=SYSTEM,
            access="C",
            default=0,
        ),
        [Column("regardingobjecttypecode", "EntityName", access="C")],
        guid("azureactivedirectoryobjectid organizationid", access=""),
        lookup("businessunitid", "businessunit", required=SYSTEM),
        lookup("administratorid", "systemuser", required=SYSTEM) + lookup("queueid", "queue"),
        lookup("transactioncurrencyid", "transactioncurrency"),
        flag("isdefault systemmanaged", access=""),
    ],
    ownership="BusinessOwned",
)

ROLE = table(
    "role",
    "roles",
    "Role",
    1036,
    [
        text(100, "name"),
        flag("ismanaged", access=""),
        choice("componentstate", {0: "Published", 1: "Unpublished", 2: "Deleted"}, access="", default=0),
        guid("organizationid solutionid roleidunique", access=""),
        lookup("businessunitid", "businessunit", required=SYSTEM, access="C"),
        lookup("parentroleid", "role", access=""),
        lookup("parentrootroleid", "role", access=""),
    ],
    ownership="BusinessOwned",
    tracked=False,
)

BUSINESSUNIT = table(
    "businessunit",
    "businessunits",
    "BusinessUnit",
    10,
    [
        text(160, "name", required=SYSTEM),
        flag("workflowsuspended"),
        double(0, 1e9, "creditlimit"),
        whole(-1500, 1500, "utcoffset"),
        memo(2000, "description"),
        text(10, "tickersymbol"),
        text(20, "stockexchange"),
        text(100, "divisionname fileasname costcenter emailaddress"),
        text(200, "websiteurl ftpsiteurl"),
        flag("isdisabled", access=""),
        text(500, "disabledreason", access=""),
        lookup("parentbusinessunitid", "businessunit", required=APPLICATION),
        lookup("organizationid", "organization", access=""),
        lookup("transactioncurrencyid", "transactioncurrency"),
        address("address1", 100) + address("address2", 100),
    ],
    ownership="BusinessOwned",
    tracked=False,
)

ORGANIZATION = table(
    "organization",
    "organizations",
    "Organization",
    1019,
    [
        text(160, "name", required=SYSTEM, access="C"),
        text(13, "currencysymbol"),
        flag("issopintegrationenabled createproductswithoutparentinactivestate enablepricingoncreate", required=SYSTEM),
        flag("isduplicatedetectionenabled isduplicatedetectionenabledforimport", required=SYSTEM, default=True),
        flag(
            "isduplicatedetectionenabledforonlinecreateupdate oobpricecalculationenabled", required=SYSTEM, default=True
        ),
        flag("useinbuiltrulefordefaultpricelistselection"),
        whole(0, 4, "pricingdecimalprecision currencydecimalprecision"),
        whole(0, 365, "expirechangetrackingindays"),
        whole(0, 2**31 - 1, "maxproductsinbundle maxuploadfilesize localeid uniquespecifierlength"),
        whole(0, 2**31 - 1, "currentordernumber currentquotenumber currentinvoicenumber"),
        whole(0, 2**31 - 1, "languagecode", access="C"),
        whole(0, 4, "basecurrencyprecision", access=""),
        text(20, "orderprefix quoteprefix invoiceprefix"),
        text(5, "basecurrencysymbol", access=""),
        choice("currencyformatcode", {0: "$123", 1: "123$", 2: "$ 123", 3: "123 $"}, default=0),
        choice("currencydisplayoption", {0: "Currency symbol", 1: "Currency code"}, default=0),
        choice("discountcalculationmethod", {0: "Line item", 1: "Per unit"}, default=0),
        choice("fullnameconventioncode", dict(enumerate(_NAME_ORDERS.split("|"))), default=1),
        guid("systemuserid integrationuserid", access=""),
        lookup("basecurrencyid", "transactioncurrency", access="C"),
    ],
    tracked=False,
    optimistic=False,
    creatable=False,
    deletable=False,
)

TABLES = (SYSTEMUSER, TEAM, ROLE, BUSINESSUNIT, ORGANIZATION)

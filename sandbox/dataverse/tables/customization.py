"""What customizing leaves behind: system jobs, solution components, forms, views, and the steps of webhooks."""

from __future__ import annotations

from sandbox.dataverse.schema import (
    SYSTEM,
    Column,
    State,
    choice,
    flag,
    guid,
    lookup,
    lookup_any,
    memo,
    moment,
    table,
    text,
    whole,
)

_LARGE = 1_073_741_823
_INT = 2**31
JOB_STATES = {
    0: State("Ready", {0: "Waiting For Resources"}),
    1: State("Suspended", {10: "Waiting"}),
    2: State("Locked", {20: "In Progress", 21: "Pausing", 22: "Canceling"}),
    3: State("Completed", {30: "Succeeded", 31: "Failed", 32: "Canceled"}),
}
OPERATION_TYPES = {
    1: "System Event",
    13: "Bulk Delete",
    41: "Entity Key Index Creation",
    202: "Export Solution Async Operation",
    203: "Import Solution Async Operation",
    207: "Delete And Promote Async Operation",
}
REGARDED = (
    "account contact opportunity quote quotedetail salesorder salesorderdetail invoice invoicedetail product pricelevel "
    "productpricelevel annotation"
).split()
COMPONENT_TYPES = {
    1: "Entity",
    2: "Attribute",
    3: "Relationship",
    9: "Option Set",
    10: "Entity Relationship",
    14: "Entity Key",
    20: "Role",
    26: "Saved Query",
    60: "System Form",
}

ASYNCOPERATION = table(
    "asyncoperation",
    "asyncoperations",
    "AsyncOperation",
    4700,
    [
        text(256, "name"),
        choice("operationtype", OPERATION_TYPES, access="C"),
        memo(_LARGE, "message friendlymessage", access="U"),
        whole(-_INT, _INT - 1, "errorcode retrycount depth", access=""),
        moment("startedon completedon postponeuntil", access=""),
        guid("correlationid requestid", access="C"),
        lookup("owningextensionid", "sdkmessageprocessingstep", access=""),
        lookup_any("regardingobjectid", REGARDED, access=""),
        text(128, "messagename", access="C"),
        text(64, "primaryentitytype", access="C"),
    ],
    ownership="UserOwned",
    states=JOB_STATES,
    tracked=False,
    optimistic=False,
    creatable=False,
)

SOLUTIONCOMPONENT = table(
    "solutioncomponent",
    "solutioncomponents",
    "SolutionComponent",
    7103,
    [
        lookup("solutionid", "solution", access=""),
        guid("objectid", access=""),
        choice("componenttype", COMPONENT_TYPES, access=""),
        whole(0, 2, "rootcomponentbehavior", access=""),
    ],
    primary_name="",
    tracked=False,
    creatable=False,
    deletable=False,
)

SYSTEMFORM = table(
    "systemform",
    "systemforms",
    "SystemForm",
    1030,
    [
        text(100, "name", required=SYSTEM),
        memo(_LARGE, "description formxml"),
        choice("type", {2: "Main", 6: "Quick View Form", 7: "Quick Create", 11: "Card"}, default=2),
        choice("formactivationstate", {0: "Inactive", 1: "Active"}, default=1),
        [Column("objecttypecode", "EntityName", access="C")],
        flag("isdefault ismanaged"),
        guid("solutionid", access=""),
    ],
    key="formid",
    tracked=False,
)

SAVEDQUERY = table(
    "savedquery",
    "savedqueries",
    "SavedQuery",
    1039,
    [
        text(200, "name", required=SYSTEM),
        memo(_LARGE, "description fetchxml layoutxml"),
        whole(0, _INT - 1, "querytype"),
        [Column("returnedtypecode", "EntityName", access="C")],
        flag("isdefault isquickfindquery isprivate ismanaged"),
        guid("solutionid", access=""),
    ],
    tracked=False,
)

SERVICEENDPOINT = table(
    "serviceendpoint",
    "serviceendpoints",
    "ServiceEndpoint",
    4618,
    [
        text(256, "name", required=SYSTEM),
        choice(
            "contract",
            {
                1: "OneWay",
                2: "Queue",
                3: "Rest",
                4: "TwoWay",
                5: "Topic",
                6: "Persistent Queue",
                7: "Event Hub",
                8: "Webhook",
            },
            required=SYSTEM,
        ),
        text(2000, "url description"),
        choice(
            "authtype",
            {1: "ACS", 2: "SASKey", 3: "SASToken", 4: "WebhookKey", 5: "HttpHeader", 6: "HttpQueryString"},
        ),
        text(2048, "authvalue"),
        flag("isauthvalueset", access=""),
        choice("connectionmode", {1: "Normal", 2: "Federated"}, default=1),
        choice("userclaim", {1: "None", 2: "UserId", 3: "UserInfo"}, default=1),
        choice("messageformat", {1: "Binary XML", 2: "Json", 3: "Text XML"}, default=2),
        text(160, "path solutionnamespace"),
    ],
    tracked=False,
)

STEP = table(
    "sdkmessageprocessingstep",
    "sdkmessageprocessingsteps",
    "SdkMessageProcessingStep",
    4608,
    [
        text(256, "name"),
        choice("stage", {10: "Pre-validation", 20: "Pre-operation", 40: "Post-operation"}, required=SYSTEM),
        choice("mode", {0: "Synchronous", 1: "Asynchronous"}, required=SYSTEM),
        whole(0, _INT - 1, "rank", required=SYSTEM, default=1),
        choice("supporteddeployment", {0: "Server Only", 1: "Client Only", 2: "Both"}, default=0),
        choice("invocationsource", {-1: "Internal", 0: "Parent", 1: "Child"}, default=0),
        flag("asyncautodelete"),
        text(100_000, "filteringattributes"),
        text(256, "description"),
        memo(_LARGE, "configuration"),
        lookup("eventhandler", "serviceendpoint", "eventhandler_serviceendpoint", required=SYSTEM),
        lookup("sdkmessageid", "sdkmessage", required=SYSTEM),
        lookup("sdkmessagefilterid", "sdkmessagefilter"),
        lookup("impersonatinguserid", "systemuser"),
    ],
    states={0: State("Enabled", {1: "Enabled"}), 1: State("Disabled", {2: "Disabled"})},
    tracked=False,
)

STEPIMAGE = table(
    "sdkmessageprocessingstepimage",
    "sdkmessageprocessingstepimages",
    "SdkMessageProcessingStepImage",
    4615,
    [
        text(256, "name entityalias"),
        choice("imagetype", {0: "PreImage", 1: "PostImage", 2: "Both"}, required=SYSTEM),
        text(256, "messagepropertyname relatedattributename"),
        text(100_000, "attributes"),
        lookup("sdkmessageprocessingstepid", "sdkmessageprocessingstep", required=SYSTEM),
    ],
    tracked=False,
)

PRIVILEGE = table(
    "privilege",
    "privileges",
    "Privilege",
    1023,
    [
        text(100, "name", access=""),
        whole(0, _INT - 1, "accessright", access=""),
        flag("canbebasic canbelocal canbedeep canbeglobal", access=""),
    ],
    ownership="None",
    tracked=False,
    creatable=False,
    deletable=False,
)

TABLES = (PRIVILEGE, ASYNCOPERATION, SOLUTIONCOMPONENT, SYSTEMFORM, SAVEDQUERY, SERVICEENDPOINT, STEP, STEPIMAGE)

"""Solutions, their publisher, import jobs and the messages a table offers."""

from __future__ import annotations

from sandbox.dataverse.schema import SYSTEM, Column, choice, double, flag, guid, lookup, moment, table, text, whole

SOLUTION = table(
    "solution",
    "solutions",
    "Solution",
    7100,
    [
        text(65, "uniquename", required=SYSTEM, access="C"),
        text(256, "friendlyname version", required=SYSTEM),
        text(2000, "description"),
        text(256, "solutionpackageversion"),
        flag("ismanaged isvisible isapimanaged", access=""),
        moment("installedon updatedon", access=""),
        choice("solutiontype", {0: "None", 1: "Snapshot", 2: "Internal"}, access="C"),
        lookup("publisherid", "publisher", required=SYSTEM),
        lookup("parentsolutionid", "solution", access=""),
    ],
    primary_name="friendlyname",
    tracked=False,
)

PUBLISHER = table(
    "publisher",
    "publishers",
    "Publisher",
    7101,
    [
        text(256, "uniquename friendlyname", required=SYSTEM),
        text(8, "customizationprefix", required=SYSTEM),
        whole(10_000, 99_999, "customizationoptionvalueprefix"),
        text(2000, "description"),
        flag("isreadonly", access=""),
    ],
    primary_name="friendlyname",
    tracked=False,
)

IMPORTJOB = table(
    "importjob",
    "importjobs",
    "ImportJob",
    9107,
    [
        double(0, 100, "progress"),
        text(256, "solutionname name"),
        text(1_073_741_823, "data"),
        text(110, "importcontext", access="C"),
        text(50, "operationcontext", access="C"),
        moment("startedon completedon", access=""),
        guid("solutionid", access=""),
    ],
    primary_name="",
    tracked=False,
)

SDKMESSAGE = table(
    "sdkmessage",
    "sdkmessages",
    "SdkMessage",
    4606,
    [text(256, "name")],
    tracked=False,
    creatable=False,
    deletable=False,
)

SDKMESSAGEFILTER = table(
    "sdkmessagefilter",
    "sdkmessagefilters",
    "SdkMessageFilter",
    4607,
    [
        [Column("primaryobjecttypecode", "EntityName", access=""), Column("secondaryobjecttypecode", "EntityName")],
        lookup("sdkmessageid", "sdkmessage"),
        flag("isvisible iscustomprocessingstepallowed", access="", default=True),
    ],
    primary_name="",
    tracked=False,
    creatable=False,
    deletable=False,
)

TABLES = (SOLUTION, PUBLISHER, IMPORTJOB, SDKMESSAGE, SDKMESSAGEFILTER)

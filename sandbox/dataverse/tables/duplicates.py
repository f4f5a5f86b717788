"""Duplicate detection rules and their conditions."""

from __future__ import annotations

from sandbox.dataverse.schema import (
    SYSTEM,
    Column,
    State,
    choice,
    flag,
    lookup,
    memo,
    table,
    text,
    whole,
)

RULE_STATES = {
    0: State("Inactive", {0: "Unpublished", 1: "Publishing"}),
    1: State("Active", {2: "Published"}),
}
OPERATORS = {
    0: "Exact Match",
    1: "Same First Characters",
    2: "Same Last Characters",
    3: "Same Date",
    4: "Same Date and Time",
}

DUPLICATERULE = table(
    "duplicaterule",
    "duplicaterules",
    "DuplicateRule",
    4414,
    [
        text(160, "name", required=SYSTEM) + memo(2000, "description"),
        [
            Column("baseentityname", "EntityName", required=SYSTEM),
            Column("matchingentityname", "EntityName", required=SYSTEM),
        ],
        flag("iscasesensitive excludeinactiverecords"),
    ],
    ownership="UserOwned",
    states=RULE_STATES,
    tracked=False,
    optimistic=False,
)

DUPLICATERULECONDITION = table(
    "duplicaterulecondition",
    "duplicateruleconditions",
    "DuplicateRuleCondition",
    4416,
    [
        text(50, "baseattributename matchingattributename", required=SYSTEM),
        choice("operatorcode", OPERATORS, required=SYSTEM, default=0),
        whole(0, 2**31 - 1, "operatorparam"),
        flag("ignoreblankvalues"),
        lookup("regardingobjectid", "duplicaterule", required=SYSTEM),
    ],
    primary_name="",
    ownership="None",
    tracked=False,
    optimistic=False,
)

TABLES = (DUPLICATERULE, DUPLICATERULECONDITION)

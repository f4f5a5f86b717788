"""The activities that close an opportunity, a quote or an order. Only the actions that close make them."""

from __future__ import annotations

from sandbox.dataverse.schema import Columns, State, Table, choice, lookup, memo, moment, money, table, text, whole

ACTIVITY_STATES = {
    0: State("Open", {1: "Open"}),
    1: State("Completed", {2: "Completed"}),
    2: State("Canceled", {3: "Canceled"}),
}


def _close(name: str, set_name: str, schema: str, code: int, closed: str, columns: Columns) -> Table:
    return table(
        name,
        set_name,
        schema,
        code,
        [
            text(200, "subject") + text(250, "category subcategory") + memo(2000, "description"),
            moment("actualstart actualend scheduledstart scheduledend"),
            whole(0, 2**31 - 1, "actualdurationminutes"),
            lookup(f"{closed}id", closed, access="C"),
            columns,
        ],
        key="activityid",
        primary_name="subject",
        ownership="UserOwned",
        states=ACTIVITY_STATES,
        initial_state=1,
        tracked=False,
        optimistic=False,
        creatable=False,
    )


_REVENUE = money(-1e12, 1e12, "actualrevenue")
_REVISION = whole(0, 2**31 - 1, "revision")
_STATUS = {3: "Won", 4: "Canceled", 5: "Out-Sold"}

TABLES = (
    _close(
        "opportunityclose",
        "opportunitycloses",
        "OpportunityClose",
        4208,
        "opportunity",
        _REVENUE + choice("opportunitystatuscode", _STATUS),
    ),
    _close("quoteclose", "quotecloses", "QuoteClose", 4211, "quote", text(100, "quotenumber") + _REVISION),
    _close("orderclose", "ordercloses", "OrderClose", 4209, "salesorder", text(100, "ordernumber") + _REVISION),
)

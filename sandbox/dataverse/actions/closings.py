"""Closes opportunities, quotes and orders by way of a closing activity, which is kept.

Source: learn.microsoft.com, "Use Web API actions" and "Quote, order, and invoice tables".
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from sandbox.dataverse import errors, keys
from sandbox.dataverse.actions.parameters import Action, Body, required
from sandbox.dataverse.call import Call
from sandbox.dataverse.rules.documents import mirror_to_lines
from sandbox.dataverse.rules.totals import OPEN, SUBMITTED, editable, read_only, state_refused
from sandbox.dataverse.schema import Table
from sandbox.dataverse.store import Row
from sandbox.dataverse.writer import BIND, Writer

WON, LOST = 1, 2
ANY_REASON = -1
_ACTIVE_QUOTE = 1


@dataclass(frozen=True, slots=True)
class Closing:
    """One way to close: the parameter and table of its activity, the table closed, and the states it goes between."""

    parameter: str
    activity: str
    table: str
    state: int
    before: frozenset[int]


def _action(closing: Closing) -> Action:
    def run(call: Call, body: Body) -> None:
        writer = Writer(call)
        table = call.store.tables[closing.table]
        activity = _activity(call, closing, body)
        old = writer.existing(closing.table, activity[f"_{closing.table}id_value"])
        call.require_row("Write", closing.table, old)
        _check(writer, closing, old)
        changes: Row = {"statecode": closing.state, "statuscode": _reason(table, closing, body, old)}
        changes |= _facts(call, closing, old, activity)
        call.counts.append((closing.table, "updated"))
        new = writer.overwrite(table, old, changes)
        mirror_to_lines(writer, closing.table, old, new)
        _keep(writer, closing, new, activity)

    return run


def _activity(call: Call, closing: Closing, body: Body) -> Row:
    """The converted values of the activity, with the row it closes. Raises: ServiceError 400 or 404."""
    given = required(body, closing.parameter)
    nav = f"{closing.table}id{BIND}"
    if not isinstance(given, dict) or not isinstance(given.get(nav), str):
        raise errors.bad_request("0x80040203", f"Required field '{closing.parameter}.{nav}' is missing")
    table, key = keys.resolve_address(call, given[nav])
    if table.name != closing.table:
        inner = f"'{table.set_name}' is not the entity set the navigation property '{closing.table}id' points to."
        raise errors.payload_invalid(closing.parameter, inner)
    rest = {name: value for name, value in given.items() if name != nav}
    values = Writer(call).read(call.store.tables[closing.activity], rest, "C")
    return {**values, f"_{closing.table}id_value": key}


def _check(writer: Writer, closing: Closing, old: Row) -> None:
    """Refuse what is closed already, or is the ERP's."""
    if old["statecode"] not in closing.before:
        if closing.table == "opportunity":
            raise errors.bad_request("0x80040515", "The opportunity has already been closed.")
        raise state_refused()
    if closing.table == "salesorder" and not editable(writer, closing.table, old):
        raise read_only()


def _reason(table: Table, closing: Closing, body: Body, old: Row) -> int:
    """The status reason asked for, or the state's own for -1. Raises: ServiceError 400 if it is of another state."""
    given = required(body, "Status")
    if isinstance(given, bool) or not isinstance(given, int):
        raise errors.payload_invalid(
            "Status", f"Cannot convert the literal '{given}' to the expected type 'Edm.Int32'."
        )
    if given == ANY_REASON:
        return table.default_reason(closing.state)
    if given not in table.states[closing.state].reasons:
        label = table.states[closing.state].label
        raise errors.state_invalid(table.schema_name, table.name, label, given, old[table.primary_id])
    return given


def _facts(call: Call, closing: Closing, old: Row, activity: Row) -> Row:
    """What else closing writes into the row."""
    when = activity.get("actualend") or call.now
    if closing.table == "quote":
        return {"closedon": when}
    if closing.table == "salesorder":
        return {"datefulfilled": when} if closing.state == 3 else {}
    value = activity.get("actualrevenue")
    if value is None and closing.state == WON:
        value = old.get("estimatedvalue")
    return {"actualclosedate": when[:10], "actualvalue": value}


def _keep(writer: Writer, closing: Closing, row: Row, activity: Row) -> None:
    """Store the activity."""
    store = writer.store
    values: Row = {"activityid": str(uuid.uuid4()), "actualend": writer.call.now, **activity}
    if closing.table == "opportunity":
        values["opportunitystatuscode"] = row["statuscode"]
        values["_transactioncurrencyid_value"] = row.get("_transactioncurrencyid_value")
    elif closing.table == "quote":
        values |= {"quotenumber": row.get("quotenumber"), "revision": row.get("revisionnumber", 0)}
    else:
        values["ordernumber"] = row.get("ordernumber")
    writer.insert(store.tables[closing.activity], values)
    writer.call.counts.append((closing.activity, "inserted"))


_OPEN, _QUOTE, _ORDER = frozenset({OPEN}), frozenset({_ACTIVE_QUOTE}), frozenset({OPEN, SUBMITTED})
win_opportunity = _action(Closing("OpportunityClose", "opportunityclose", "opportunity", WON, _OPEN))
lose_opportunity = _action(Closing("OpportunityClose", "opportunityclose", "opportunity", LOST, _OPEN))
win_quote = _action(Closing("QuoteClose", "quoteclose", "quote", 2, _QUOTE))
close_quote = _action(Closing("QuoteClose", "quoteclose", "quote", 3, _QUOTE))
fulfil_order = _action(Closing("OrderClose", "orderclose", "salesorder", 3, _ORDER))
cancel_order = _action(Closing("OrderClose", "orderclose", "salesorder", 2, _ORDER))

"""Duplicate detection: published rules refuse a create or update that asks for the check.

The check runs only with the header `MSCRM.SuppressDuplicateDetection: false`. Source: learn.microsoft.com, "Manage
duplicate detection for create and update" and "Set up duplicate detection rules".
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox.dataverse import errors
from sandbox.dataverse.rules.base import Rules
from sandbox.dataverse.schema import Table
from sandbox.dataverse.store import Row

if TYPE_CHECKING:
    from sandbox.dataverse.writer import Writer

HEADER = "mscrm.suppressduplicatedetection"
UNPUBLISHED, PUBLISHED = (0, 0), (1, 2)
EXACT, FIRST, LAST, SAME_DATE, SAME_MOMENT = range(5)


class DuplicateRules(Rules):
    """A rule is about two tables that exist; a published one is not changed but by unpublishing."""

    def before_create(self, writer: Writer, row: Row) -> None:
        for name in ("baseentityname", "matchingentityname"):
            if row.get(name) not in writer.store.tables:
                raise errors.bad_request("0x80041102", f"The entity with a name = '{row.get(name)}' was not found.")

    def before_update(self, writer: Writer, old: Row, changes: Row) -> None:
        if old["statecode"] == 1 and changes.get("statecode") != 0:
            raise _in_use()


class DuplicateConditions(Rules):
    """A condition compares a column of the one table with a column of the other."""

    def before_create(self, writer: Writer, row: Row) -> None:
        rule = writer.store.get("duplicaterule", row.get("_regardingobjectid_value"))
        if rule is None:
            raise errors.missing("duplicaterulecondition", "regardingobjectid")
        if rule["statecode"] == 1:
            raise _in_use()
        pairs = (("baseentityname", "baseattributename"), ("matchingentityname", "matchingattributename"))
        for table, column in pairs:
            if row.get(column) not in writer.store.tables[rule[table]].columns:
                text = f"'{rule[table]}' entity doesn't contain attribute with Name = '{row.get(column)}'."
                raise errors.bad_request("0x80041103", text)
        if row.get("operatorcode", EXACT) in (FIRST, LAST) and not row.get("operatorparam"):
            raise errors.missing("duplicaterulecondition", "operatorparam")

    def before_delete(self, writer: Writer, row: Row) -> None:
        rule = writer.store.get("duplicaterule", row.get("_regardingobjectid_value"))
        if rule is not None and rule["statecode"] == 1 and rule["duplicateruleid"] not in writer.going:
            raise _in_use()


def check(writer: Writer, table: Table, row: Row) -> None:
    """Refuse a row of which a published rule finds a duplicate, if the call asks for that. Raises: ServiceError 412."""
    if writer.call.headers.get(HEADER, "true").strip().lower() != "false":
        return
    if not writer.store.organization().get("isduplicatedetectionenabled", True):
        return
    rules = writer.store.data["duplicaterule"]
    for key in rules.find("baseentityname", table.name):
        rule = rules.rows[key]
        if rule["statecode"] == 1 and _matches(writer, rule, row, row[table.primary_id]):
            text = "A record was not created or updated because a duplicate of the current record already exists."
            raise errors.ServiceError(412, "0x80040333", text)


def _matches(writer: Writer, rule: Row, row: Row, own: str) -> bool:
    """Whether another row meets all conditions of a rule."""
    data = writer.store.data["duplicaterulecondition"]
    conditions = [data.rows[key] for key in data.find("_regardingobjectid_value", rule["duplicateruleid"])]
    base, other = (writer.store.tables[rule[f"{side}entityname"]] for side in ("base", "matching"))
    tests = [
        (
            _form(condition, row.get(base.columns[condition["baseattributename"]].wire), rule),
            other.columns[condition["matchingattributename"]].wire,
            condition,
        )
        for condition in conditions
    ]
    if not tests or any(value is None for value, _name, _condition in tests):
        return False
    rows = writer.store.rows(other.name)
    exact = next(((value, name) for value, name, each in tests if each.get("operatorcode", EXACT) == EXACT), None)
    keys = writer.store.data[other.name].find(exact[1], exact[0]) if exact is not None else rows.keys()
    return any(
        all(_form(condition, rows[key].get(name), rule) == value for value, name, condition in tests)
        for key in list(keys)
        if key != own and not (rule.get("excludeinactiverecords") and rows[key].get("statecode"))
    )


def _form(condition: Row, value: Any, rule: Row) -> Any:
    """What of a value a condition compares."""
    if not isinstance(value, str):
        return value
    text = value if rule.get("iscasesensitive") else value.lower()
    operator, number = condition.get("operatorcode", EXACT), condition.get("operatorparam") or 0
    if operator == FIRST:
        return text[:number]
    if operator == LAST:
        return text[-number:]
    return text[:10] if operator == SAME_DATE else text


def _in_use() -> errors.ServiceError:
    text = "The duplicate detection rule is currently in use and cannot be updated or deleted. Please try again later."
    return errors.bad_request("0x80048428", text)


_DEFAULT_RULES = (
    ("Accounts with the same Account Name", "account", ("name",)),
    ("Accounts with the same e-mail address", "account", ("emailaddress1",)),
    ("Accounts with the same website", "account", ("websiteurl",)),
    ("Contacts with the same e-mail address", "contact", ("emailaddress1",)),
    ("Contacts with the same business phone number", "contact", ("telephone1",)),
    ("Contacts with the same first name and last name", "contact", ("firstname", "lastname")),
)


def fill(writer: Writer, new_id: Any) -> None:
    """Insert the published rules that every environment starts with; `new_id` names a row by a text."""
    rule_table, condition_table = (writer.store.tables[name] for name in ("duplicaterule", "duplicaterulecondition"))
    for title, table, columns in _DEFAULT_RULES:
        rule: Row = {"duplicateruleid": new_id(title), "name": title}
        rule |= {"baseentityname": table, "matchingentityname": table, "excludeinactiverecords": False}
        key = writer.insert(rule_table, rule)
        for column in columns:
            condition: Row = {
                "duplicateruleconditionid": new_id(f"{title}/{column}"),
                "baseattributename": column,
                "matchingattributename": column,
                "operatorcode": EXACT,
                "_regardingobjectid_value": key,
            }
            writer.insert(condition_table, condition)
        publish(writer, key)


def publish(writer: Writer, key: str) -> None:
    """Publish a rule."""
    row = writer.store.rows("duplicaterule")[key]
    state, reason = PUBLISHED
    writer.overwrite(writer.store.tables["duplicaterule"], row, {"statecode": state, "statuscode": reason})


def unpublish(writer: Writer, key: str) -> None:
    """Take a rule out of use."""
    row = writer.store.rows("duplicaterule")[key]
    state, reason = UNPUBLISHED
    writer.overwrite(writer.store.tables["duplicaterule"], row, {"statecode": state, "statuscode": reason})

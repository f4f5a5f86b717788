"""Rules of contacts, users, teams, roles, notes and solutions."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

from sandbox.dataverse import errors
from sandbox.dataverse.rules.base import Rules
from sandbox.dataverse.store import Row

if TYPE_CHECKING:
    from sandbox.dataverse.writer import Writer

_FULL_NAMES = {
    0: "{last}, {first}",
    1: "{first} {last}",
    2: "{last}, {first} {initial}",
    3: "{first} {initial} {last}",
    4: "{last}, {first} {middle}",
    5: "{first} {middle} {last}",
    6: "{last} {first}",
    7: "{last}{first}",
}
_NAME_COLUMNS = frozenset({"firstname", "middlename", "lastname"})


def full_name(writer: Writer, row: Row) -> str | None:
    """The name as the organisation puts its parts together."""
    first, middle, last = (row.get(name) or "" for name in ("firstname", "middlename", "lastname"))
    pattern = _FULL_NAMES[writer.store.organization().get("fullnameconventioncode", 1)]
    initial = f"{middle[:1]}." if middle else ""
    text = " ".join(pattern.format(first=first, middle=middle, last=last, initial=initial).split())
    return text.strip(", ")[:160] or None


class Contacts(Rules):
    """The server composes the full name and echoes the company."""

    def before_create(self, writer: Writer, row: Row) -> None:
        row["fullname"] = full_name(writer, row)
        self._echo(row, row)

    def before_update(self, writer: Writer, old: Row, changes: Row) -> None:
        if changes.keys() & _NAME_COLUMNS:
            changes["fullname"] = full_name(writer, {**old, **changes})
        if "_parentcustomerid_value" in changes:
            self._echo({**old, **changes}, changes)

    @staticmethod
    def _echo(row: Row, into: Row) -> None:
        company = row.get("_parentcustomerid_value")
        is_account = company is not None and row["_parentcustomerid_value@table"] == "account"
        into["_accountid_value"] = company if is_account else None


class Users(Rules):
    """A user has a unique name; a new one is an application user unless the platform synchronises them."""

    def before_create(self, writer: Writer, row: Row) -> None:
        application = row.get("applicationid")
        if application is not None:
            if writer.store.data["systemuser"].find("applicationid", application):
                raise errors.duplicate_id()
            row.setdefault("firstname", "#")
            row.setdefault("lastname", f"application {application[:8]}")
            row.setdefault("domainname", f"app_{application}@sandbox.example")
            row.setdefault("islicensed", False)
            row.setdefault("accessmode", 4)
        row.setdefault("userlicensetype", -1)
        row["fullname"] = full_name(writer, row)
        row["organizationid"] = writer.store.organization()["organizationid"]
        name = row.get("domainname")
        if name is not None and writer.store.data["systemuser"].find("domainname", name):
            raise errors.duplicate_id()

    def before_update(self, writer: Writer, old: Row, changes: Row) -> None:
        if changes.keys() & _NAME_COLUMNS:
            changes["fullname"] = full_name(writer, {**old, **changes})


class Teams(Rules):
    """The default team of a business unit stays."""

    def before_create(self, writer: Writer, row: Row) -> None:
        row["isdefault"] = False
        row["organizationid"] = writer.store.organization()["organizationid"]
        if row.get("_administratorid_value") is None:
            row["_administratorid_value"] = writer.call.writer

    def before_delete(self, writer: Writer, row: Row) -> None:
        if row.get("isdefault"):
            raise errors.bad_request("0x80047003", "The default team of a business unit can't be deleted.")


class Notes(Rules):
    """The size of a file follows from its content; the organisation has a largest one."""

    def before_create(self, writer: Writer, row: Row) -> None:
        row["filesize"] = _size(writer, row)
        row["objecttypecode"] = row.get("_objectid_value@table") or row.get("objecttypecode")

    def before_update(self, writer: Writer, old: Row, changes: Row) -> None:
        if "documentbody" in changes:
            changes["filesize"] = _size(writer, changes)


def _size(writer: Writer, row: Row) -> int:
    body = row.get("documentbody")
    if not body:
        return 0
    try:
        size = len(base64.b64decode(body, validate=True))
    except ValueError as error:
        raise errors.bad_request("0x80040203", "The documentbody is not base64.") from error
    largest = writer.store.organization().get("maxuploadfilesize")
    if largest and size > largest:
        raise errors.bad_request("0x80044a02", "Attachment file size is too big.")
    return size

"""Rules of users and of who holds which role."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from sandbox.dataverse import errors
from sandbox.dataverse.rules.people import Users
from sandbox.dataverse.store import Row

if TYPE_CHECKING:
    from sandbox.dataverse.call import Call
    from sandbox.dataverse.writer import Writer

NON_INTERACTIVE = 4
ROLE_HOLDERS = {"systemuserroles_association": "systemuser", "teamroles_association": "team"}


class DirectoryUsers(Users):
    """An application user is looked up in the tenant; a move to another unit costs the roles."""

    def before_create(self, writer: Writer, row: Row) -> None:
        directory = writer.store.directory
        given = row.get("applicationid")
        if given is not None and directory is not None:
            application = directory.applications.get(given)
            if application is None:
                text = f"Error from AAD. The application with id {given} was not found in the tenant."
                raise errors.bad_request("0x80072559", text)
            row.setdefault("firstname", "#")
            row.setdefault("lastname", application.name)
            row.setdefault("domainname", f"{uuid.uuid5(uuid.NAMESPACE_URL, given)}@{directory.domain}")
            row["azureactivedirectoryobjectid"] = application.object_id
            row["islicensed"] = False
            row["accessmode"] = NON_INTERACTIVE
        super().before_create(writer, row)

    def before_update(self, writer: Writer, old: Row, changes: Row) -> None:
        super().before_update(writer, old, changes)
        mode = changes.get("accessmode", old.get("accessmode", 0))
        if mode != old.get("accessmode", 0) and "*" not in writer.call.privileges:
            text = (
                "You need to have system administrator role and access mode Full to change access mode of a user. "
                f"Details: {writer.call.user}"
            )
            raise errors.ServiceError(403, "0x80048d2f", text)

    def after_update(self, writer: Writer, old: Row, new: Row) -> None:
        if old.get("_businessunitid_value") != new.get("_businessunitid_value"):
            key = new["systemuserid"]
            for role in list(writer.store.linked("systemuserroles_association", key)):
                writer.store.unlink("systemuserroles_association", key, role)


def check_holder(call: Call, nav: str, holder: str, role: str) -> None:
    """Refuse a role of another business unit than the user's or team's. Raises: ServiceError 400."""
    table = ROLE_HOLDERS.get(nav)
    if table is None:
        return
    row, given = call.store.rows(table)[holder], call.store.rows("role")[role]
    if row.get("_businessunitid_value") != given.get("_businessunitid_value"):
        text = (
            f"The role (Id = {role}) is of the business unit {given.get('_businessunitid_value')}; it cannot be given to "
            f"the {table} (Id = {holder}) of the business unit {row.get('_businessunitid_value')}."
        )
        raise errors.bad_request("0x80040203", text)

"""What roles grant, asked for and changed: the privileges of roles and users.

Source: learn.microsoft.com, Web API reference of AddPrivilegesRole, ReplacePrivilegesRole, RetrieveRolePrivilegesRole,
RetrieveUserPrivileges, RetrieveUserPrivilegeByPrivilegeName and RetrieveAadUserRoles.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from sandbox.common.wire import Response
from sandbox.dataverse import access, answers, errors, query
from sandbox.dataverse.call import Call
from sandbox.dataverse.store import Row, Store
from sandbox.dataverse.writer import Writer

Body = dict[str, Any]
_DEPTHS = {
    **access.DEPTHS,
    "0": access.BASIC,
    "1": access.LOCAL,
    "2": access.DEEP,
    "3": access.GLOBAL,
}
"""Depths by name and by the number of the enumeration."""
_RIGHTS = {"Read": 1, "Write": 2, "Append": 4, "AppendTo": 16, "Create": 32, "Delete": 65_536, "Share": 262_144}


def add(call: Call, role: str, body: Body) -> Response | None:
    """AddPrivilegesRole: grant more."""
    held = dict(_changeable(call, role))
    held.update(_given(call.store, body))
    call.store.privileges[role] = held
    return None


def replace(call: Call, role: str, body: Body) -> Response | None:
    """ReplacePrivilegesRole: grant these and no others."""
    _changeable(call, role)
    call.store.privileges[role] = _given(call.store, body)
    return None


def of_role(call: Call, role: str) -> Response:
    """RetrieveRolePrivilegesRole."""
    call.require("Read", "role")
    row = Writer(call).existing("role", role)
    listed = _listed(call.store, call.store.privileges.get(role, {}), row.get("_businessunitid_value"))
    return _answer(call, "RetrieveRolePrivilegesRole", listed)


def of_user(call: Call, user: str) -> Response:
    """RetrieveUserPrivileges: what the roles of a user and of their teams grant."""
    row = Writer(call).existing("systemuser", user)
    listed = _listed(call.store, access.privileges_of(call.store, user), row.get("_businessunitid_value"))
    return _answer(call, "RetrieveUserPrivileges", listed)


def one_of_user(call: Call, user: str, name: str) -> Response:
    """RetrieveUserPrivilegeByPrivilegeName."""
    row = Writer(call).existing("systemuser", user)
    if not access.is_known(call.store, name):
        raise errors.bad_request("0x80040203", f"There is no privilege '{name}'.")
    granted = access.privileges_of(call.store, user)
    listed = _listed(call.store, granted, row.get("_businessunitid_value"), [name])
    return _answer(call, "RetrieveUserPrivilegeByPrivilegeName", listed)


def directory_roles(call: Call, parameters: dict[str, Any]) -> dict[str, Any]:
    """RetrieveAadUserRoles: the roles of the user with this object id, also those that come by a team."""
    call.require("Read", "role")
    wanted = str(parameters.get("DirectoryObjectId", "")).strip("'").lower()
    found = call.store.data["systemuser"].find("azureactivedirectoryobjectid", wanted)
    if not found:
        raise errors.not_found("systemuser", wanted)
    table = call.table("role")
    render = query.row_renderer(call, table, query.parse_options({}))
    rows = call.store.rows("role")
    value = [render(rows[key]) for key in sorted(access.roles_of(call.store, min(found)))]
    return {"@odata.context": f"{call.base}$metadata#roles", "value": value}


def fill(store: Store, names: Iterable[str], stamps: Row) -> None:
    """Put a row into `privilege` for each of these names."""
    for name in names:
        key = errors.privilege_id(name)
        action = next((each for each in sorted(_RIGHTS, key=len, reverse=True) if name.startswith(f"prv{each}")), "")
        row: Row = {
            "privilegeid": key,
            "name": name,
            "accessright": _RIGHTS.get(action, 0),
            "canbebasic": True,
            "canbelocal": True,
            "canbedeep": True,
            "canbeglobal": True,
        }
        store.put("privilege", key, row | stamps)


def _changeable(call: Call, role: str) -> access.Privileges:
    """What a role grants, if it may be changed. Raises: ServiceError."""
    call.require("Write", "role")
    row = Writer(call).existing("role", role)
    if row.get("_parentrootroleid_value") not in (None, role):
        text = "A role that is inherited from another business unit cannot be changed."
        raise errors.bad_request("0x8004140f", text)
    return call.store.privileges.get(role, {})


def _given(store: Store, body: Body) -> dict[str, int]:
    """The privileges of a body with their depths. Raises: ServiceError 400."""
    found: dict[str, int] = {}
    for each in body.get("Privileges") or ():
        row = store.get("privilege", str(each.get("PrivilegeId", "")).lower())
        reach = _DEPTHS.get(str(each.get("Depth", "")))
        if row is None or reach is None:
            raise errors.bad_request("0x80040203", "A privilege needs the PrivilegeId of one that exists, and a Depth.")
        found[str(row["name"]).lower()] = reach
    if not found:
        raise errors.bad_request("0x80040203", "The parameter 'Privileges' needs at least one privilege.")
    return found


def _listed(
    store: Store, granted: access.Privileges, unit: str | None, names: Iterable[str] | None = None
) -> list[dict[str, Any]]:
    return [
        {
            "Depth": access.DEPTH_NAMES[reach],
            "PrivilegeId": errors.privilege_id(name),
            "BusinessUnitId": unit,
            "PrivilegeName": name,
            "RecordFilterId": "00000000-0000-0000-0000-000000000000",
        }
        for name in (access.all_names(store) if names is None else names)
        if (reach := access.depth(granted, name))
    ]


def _answer(call: Call, name: str, listed: list[dict[str, Any]]) -> Response:
    context = f"{call.base}$metadata#Microsoft.Dynamics.CRM.{name}Response"
    return answers.body({"@odata.context": context, "RolePrivileges": listed})


FUNCTIONS: dict[tuple[str, str], Callable[[Call, str, dict[str, Any]], Response]] = {
    ("systemuser", "RetrieveUserPrivileges"): lambda call, key, _given: of_user(call, key),
    ("systemuser", "RetrieveUserPrivilegeByPrivilegeName"): lambda call, key, given: one_of_user(
        call, key, str(given.get("PrivilegeName", ""))
    ),
    ("role", "RetrieveRolePrivilegesRole"): lambda call, key, _given: of_role(call, key),
}
"""Functions bound to a row, by table and name."""

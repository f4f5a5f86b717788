"""Users of an environment, their roles and flags, and the organization's switches.

A security role exists once for every business unit: a user gets the copy of the own unit, told by the id of the role in the
root unit. Source: learn.microsoft.com, "systemuser table", "role table", "Associate and disassociate table rows".
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from connector import odata
from connector.dataverse.wire import Wire, row_path
from connector.errors import NotFound, PermissionMissing, ServerUnavailable
from connector.retry import Replay

_USER_COLUMNS = (
    "systemuserid,fullname,domainname,internalemailaddress,applicationid,isdisabled,islicensed,accessmode,isintegrationuser,"
    "invitestatuscode,_businessunitid_value"
)
READ_WRITE, NON_INTERACTIVE = 0, 4
INVITATION_ACCEPTED = 4


@dataclass(frozen=True, slots=True)
class User:
    """A user; `access_mode` 0 is Read-Write, 4 Non-interactive. An application user has an `application_id`."""

    key: str
    name: str
    email: str
    domain_name: str
    application_id: str
    business_unit: str
    is_disabled: bool
    is_licensed: bool
    access_mode: int
    is_integration_user: bool
    invite_status: int

    @property
    def is_application(self) -> bool:
        """Whether it is an application and no person."""
        return bool(self.application_id)


@dataclass(frozen=True, slots=True)
class Role:
    """A role as one business unit has it; `root` is its id in the root unit, `template` the platform's id of a built-in one."""

    key: str
    name: str
    business_unit: str
    root: str
    template: str


def users_by_email(wire: Wire, email: str) -> list[User]:
    """Return the users with this primary e-mail address."""
    return _users(wire, odata.compare("internalemailaddress", "eq", email))


def users_by_application(wire: Wire, application_id: str) -> list[User]:
    """Return the application users of an application."""
    return _users(wire, odata.compare("applicationid", "eq", application_id, "Edm.Guid"))


def user_get(wire: Wire, key: str) -> User:
    """Return one user. Raises NotFound."""
    row = wire.get(row_path("systemusers", key) + odata.query({"$select": _USER_COLUMNS}), record_key=key)
    return _user(row)


def _users(wire: Wire, where: str) -> list[User]:
    query = odata.query({"$select": _USER_COLUMNS, "$filter": where})
    return [_user(row) for row in wire.get("systemusers" + query)["value"]]


def _user(row: Mapping[str, Any]) -> User:
    return User(
        key=str(row["systemuserid"]).lower(),
        name=str(row.get("fullname") or row.get("domainname") or ""),
        email=str(row.get("internalemailaddress") or ""),
        domain_name=str(row.get("domainname") or ""),
        application_id=str(row.get("applicationid") or "").lower(),
        business_unit=str(row.get("_businessunitid_value") or "").lower(),
        is_disabled=bool(row.get("isdisabled")),
        is_licensed=bool(row.get("islicensed")),
        access_mode=int(row.get("accessmode") or 0),
        is_integration_user=bool(row.get("isintegrationuser")),
        invite_status=int(row.get("invitestatuscode") or 0),
    )


def application_user_create(wire: Wire, application_id: str, business_unit: str) -> User:
    """Create the application user of an application; the platform fills its name. Raises PermissionMissing."""
    body = {"applicationid": application_id, "businessunitid@odata.bind": f"/businessunits({business_unit})"}
    query = odata.query({"$select": _USER_COLUMNS})
    answer = wire.send(
        "POST", f"systemusers{query}", body, headers={"Prefer": "return=representation"}, replay=Replay.ONCE
    )
    if not isinstance(answer.data, dict):
        raise ServerUnavailable("Sales answered a creation without the row.", code="no_data", outcome_unknown=True)
    return _user(answer.data)


def user_change(wire: Wire, key: str, values: Mapping[str, Any]) -> None:
    """Change columns of a user that exists."""
    path = row_path("systemusers", key)
    wire.send("PATCH", path, dict(values), headers={"If-Match": "*"}, replay=Replay.KEYED, record_key=key)


def root_business_unit(wire: Wire) -> str:
    """Return the id of the business unit above all others."""
    query = odata.query({"$select": "businessunitid", "$filter": "_parentbusinessunitid_value eq null"})
    rows = wire.get("businessunits" + query)["value"]
    if not rows:
        raise PermissionMissing("The signed-in user may not read business units.", code="business_unit")
    return str(rows[0]["businessunitid"]).lower()


def roles_of_user(wire: Wire, key: str) -> list[Role]:
    """Return the roles that a user has itself; those of its teams are left out. Whole rows: not every server has templates."""
    path = row_path("systemusers", key) + "/systemuserroles_association"
    return [_role(row) for row in wire.get(path, record_key=key)["value"]]


def roles_of_teams(wire: Wire, key: str) -> list[Role]:
    """Return the roles that a user has by its teams."""
    path = row_path("systemusers", key) + "/teammembership_association" + odata.query({"$select": "teamid"})
    found: list[Role] = []
    for team in wire.get(path, record_key=key)["value"]:
        found += [_role(row) for row in wire.get(row_path("teams", team["teamid"]) + "/teamroles_association")["value"]]
    return found


def roles_in_unit(wire: Wire, business_unit: str, roots: Iterable[str]) -> dict[str, Role]:
    """Return a business unit's copies of roles, by the id of each in the root unit."""
    ids = list(roots)
    anyone = (
        f"({odata.any_of('_parentrootroleid_value', ids, 'Edm.Guid')} or {odata.any_of('roleid', ids, 'Edm.Guid')})"
    )
    where = odata.all_of((odata.compare("_businessunitid_value", "eq", business_unit, "Edm.Guid"), anyone))
    rows = wire.get("roles" + odata.query({"$filter": where}))["value"]
    found = [_role(row) for row in rows]
    return {role.root: role for role in found}


def _role(row: Mapping[str, Any]) -> Role:
    key = str(row["roleid"]).lower()
    return Role(
        key,
        str(row.get("name") or ""),
        str(row.get("_businessunitid_value") or "").lower(),
        str(row.get("_parentrootroleid_value") or key).lower(),
        str(row.get("_roletemplateid_value") or "").lower(),
    )


def role_give(wire: Wire, user: str, role: str) -> None:
    """Give a user a role of its own business unit; giving it twice does no harm."""
    path = row_path("systemusers", user) + "/systemuserroles_association/$ref"
    body = {"@odata.id": wire.base + row_path("roles", role)}
    wire.send("POST", path, body, replay=Replay.KEYED, record_key=user)


def order_integration(wire: Wire) -> tuple[str, bool]:
    """Return the organization's id and whether its orders are processed elsewhere."""
    rows = wire.get("organizations" + odata.query({"$select": "organizationid,issopintegrationenabled"}))["value"]
    if not rows:
        raise NotFound("The organization cannot be read. Give the user a security role.", code="organization")
    return str(rows[0]["organizationid"]).lower(), bool(rows[0].get("issopintegrationenabled"))


def order_integration_set(wire: Wire, organization: str, *, is_on: bool) -> None:
    """Switch the processing of orders elsewhere on or off; only an administrator may."""
    path = row_path("organizations", organization)
    body = {"issopintegrationenabled": is_on}
    wire.send("PATCH", path, body, headers={"If-Match": "*"}, replay=Replay.KEYED, record_key=organization)

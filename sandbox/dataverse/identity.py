"""Turns the token of a request into the call it makes: who calls, for whom, with which rights."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from sandbox.common.clock import Clock
from sandbox.common.wire import Request
from sandbox.dataverse import access, errors
from sandbox.dataverse.call import API_PATH, Call, parse_preferences
from sandbox.dataverse.store import Row, Store
from sandbox.dataverse.tokens import Tokens

DELEGATE = "prvActOnBehalfOfAnotherUser"
NON_INTERACTIVE = 4
_CALLERS = ("callerobjectid", "mscrmcallerid")


@dataclass(slots=True)
class Callers:
    """Knows the users of one environment. `acting` is whom the control call `as` lets write."""

    clock: Clock
    tokens: Tokens
    tenant: str
    store: Store
    acting: str | None = None

    def claims(self, request: Request) -> dict[str, Any]:
        """What the token says. Raises: TokenRefused."""
        return self.tokens.claims(request.headers.get("authorization", ""), request.base_url, self.tenant)

    def user(self, claims: Mapping[str, Any]) -> str:
        """The id of the user behind a token. Raises: ServiceError 403."""
        users = self.store.data["systemuser"]
        directory = self.store.directory
        if directory is not None and claims["appid"] in directory.refused:
            raise errors.ServiceError(
                403, "0x80095ffc", f"Access to Dataverse API is restricted for this application Id ({claims['appid']})."
            )
        if claims.get("idtyp") == "app":
            found = users.find("applicationid", claims["appid"])
        else:
            found = users.find("azureactivedirectoryobjectid", claims["oid"])
            found = {key for key in found if users.rows[key].get("applicationid") is None}
        if not found:
            raise errors.ServiceError(403, "0x80072560", "The user is not a member of the organization.")
        key = next(iter(found))
        self._check(key, users.rows[key])
        return key

    def _check(self, key: str, row: Row) -> None:
        """Refuse a user who may not use the environment. Raises: ServiceError 403."""
        if row.get("isdisabled"):
            text = f"The specified user(Id = {key}) is disabled. Consequently, it cannot perform this operation."
            raise errors.ServiceError(403, "0x80040225", text)
        free = row.get("applicationid") is not None or row.get("accessmode") == NON_INTERACTIVE
        if not free and not row.get("islicensed", True):
            text = f"The user (Id = {key}) has not been assigned any License. Please assign a License and try again."
            raise errors.ServiceError(403, "0x8004d24b", text)
        if not access.roles_of(self.store, key):
            text = f"The user with id {key} has not been assigned any security roles."
            raise errors.ServiceError(403, "0x80042f09", text)

    def call(self, request: Request) -> Call:
        """The call a request makes. Raises: TokenRefused, ServiceError 403."""
        user = self.user(self.claims(request))
        call = Call(
            store=self.store,
            user=user,
            writer=self.acting or user,
            now=self.clock.stamp(),
            seconds=self.clock.seconds(),
            base=f"{request.base_url}{API_PATH}",
            effects=request.effects,
            headers=request.headers,
            privileges=access.usable(self.store, user),
            preferences=parse_preferences(request.headers.get("prefer", "")),
        )
        return self.impersonated(call, request.headers)

    def impersonated(self, call: Call, headers: Mapping[str, str]) -> Call:
        """The call in another user's name, if a header asks for that. Raises: ServiceError."""
        other = next((headers[name] for name in _CALLERS if headers.get(name)), None)
        if other is None:
            return call
        call.require_privilege(DELEGATE, "systemuser", 8)
        name = "azureactivedirectoryobjectid" if headers.get("callerobjectid") else "systemuserid"
        found = self.store.data["systemuser"].find(name, other.strip("{}").lower())
        if not found:
            raise errors.not_found("systemuser", other)
        writer = min(found)
        self._check(writer, self.store.rows("systemuser")[writer])
        both = access.intersected(call.privileges, access.usable(self.store, writer))
        return replace(call, writer=writer, privileges=both)

    def find(self, name: str) -> str:
        """A user by id, object id, user name, e-mail or full name. Raises: ValueError."""
        users = self.store.data["systemuser"]
        wanted = name.lower()
        if wanted in users.rows:
            return wanted
        for column in ("azureactivedirectoryobjectid", "domainname", "internalemailaddress", "fullname"):
            found = users.find(column, wanted)
            if found:
                return min(found)
        raise ValueError(f"there is no user {name}")

"""The users of the ERP: web service access keys with their expiry, and what each may do to which table.

A user starts with every right, as one with the permission set SUPER has. `denied` takes single rights away.
"""

from __future__ import annotations

import base64
import secrets
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from sandbox.common.clock import Clock
from sandbox.common.faults import NO_EFFECTS, Effects
from sandbox.nav.errors import NavError
from sandbox.nav.tables import TABLES

USER: Final = "CONNECTOR"
KEY: Final = base64.b64encode(b"web-service-access-key-of-sandbx").decode()
CLIENT_ID: Final = "8d1f4f0e-52a4-4a83-9a5a-0f2a64c0d1b7"
CLIENT_SECRET: Final = "sandbox-erp-client-secret"
RIGHTS: Final = ("Read", "Insert", "Modify", "Delete")
_NAMESPACE: Final = uuid.UUID("0d2f7a52-60b5-4f2c-8f55-3f1b1f0a9c11")


@dataclass
class User:
    """One user (or, with OAuth, one Microsoft Entra application) of the ERP."""

    name: str
    key: str
    expires: datetime | None = None
    """When the access key ends, UTC; None is a key that never expires."""
    enabled: bool = True
    denied: dict[str, frozenset[str]] = field(default_factory=dict)

    @property
    def id(self) -> str:
        """The user's security id, as subscriptions and rows show it."""
        return str(uuid.uuid5(_NAMESPACE, self.name))


class Directory:
    """The users one server knows."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.reset()

    def reset(self) -> None:
        """The users of the start: the one of the ready line, and the application behind its client id."""
        self._users = {user.name: user for user in (User(USER, KEY), User(CLIENT_ID, CLIENT_SECRET))}

    def find(self, name: str) -> User | None:
        """The user of this name, in whatever case."""
        return self._users.get(name.upper()) or self._users.get(name.lower())

    def with_key(self, name: str, key: str) -> User | None:
        """The user who may sign in with this access key: known, enabled, the key right and not expired."""
        user = self.find(name)
        if user is None or not user.enabled or not secrets.compare_digest(user.key.encode(), key.encode()):
            return None
        return None if user.expires is not None and user.expires <= self._clock.now() else user

    def change(self, values: Mapping[str, Any]) -> User:
        """Make or change a user: `{"user", "key", "expires", "enabled", "denied": {TABLE: [RIGHT, ...]}}`.

        What is left out stays as it is; a new user needs a key. Raises ValueError for a wrong value.
        """
        unknown = values.keys() - {"user", "key", "expires", "enabled", "denied"}
        if unknown:
            raise ValueError(f"a user has no {', '.join(sorted(unknown))}")
        name = str(values["user"])
        user = self.find(name)
        if user is None:
            user = User(name.upper(), str(values["key"]))
        if "denied" in values:
            user.denied = _denied(values["denied"])
        if "key" in values:
            user.key = str(values["key"])
        if "expires" in values:
            user.expires = _moment(values["expires"])
        user.enabled = bool(values.get("enabled", user.enabled))
        self._users[user.name] = user
        return user


def _denied(given: Mapping[str, list[str]]) -> dict[str, frozenset[str]]:
    result: dict[str, frozenset[str]] = {}
    for table, rights in given.items():
        named = frozenset(right.capitalize() for right in rights)
        if table not in TABLES or not named <= set(RIGHTS):
            raise ValueError(f"there is no right {', '.join(rights)} to the table {table}")
        result[table] = named
    return result


def _moment(text: str | None) -> datetime | None:
    if text is None:
        return None
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


class Guard:
    """Knows who is calling and refuses what that user may not do."""

    def __init__(self, flavour: str) -> None:
        self._flavour = flavour
        self.user: User | None = None
        self.effects: Effects = NO_EFFECTS
        """The faults of the request at hand: a rule may take a right away, named `Customer.Modify`."""

    def require(self, table: str, right: str) -> None:
        """Raise the server's 403 unless the caller has this right to the table.

        Both flavours answer with the code `Internal_ServerError`; the sentences differ. Sources:
        wiki.myrapidi.com/wiki/403_forbidden, hougaard/Simple-Object-Designer issue 149 (Business Central),
        PacktPublishing/Automated-Testing-... issue 29 (the older sentence).
        """
        denied = self.user is not None and right in self.user.denied.get(table, ())
        if not denied and not self.effects.revoked(f"{table}.{right}"):
            return
        definition = TABLES[table]
        if self._flavour == "bc":
            text = f"(TableData {definition.number} {definition.caption} {right}: Base Application)"
            message = f"Sorry, the current permissions prevented the action. {text}"
        else:
            message = f"You do not have the following permissions on TableData {definition.caption}: {right}."
        raise NavError("Internal_ServerError", message, 403)

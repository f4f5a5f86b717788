"""Creates, changes and deletes rows: what every table obeys. What one table alone obeys stands in `rules/`."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from sandbox.dataverse import errors, money
from sandbox.dataverse.access import roles_of
from sandbox.dataverse.call import Call
from sandbox.dataverse.deletes import delete_rule
from sandbox.dataverse.keys import find_by_key, resolve_address
from sandbox.dataverse.rules import duplicates, rules_for
from sandbox.dataverse.schema import LOOKUP_TYPES, Column, Table
from sandbox.dataverse.store import Row
from sandbox.dataverse.webhooks import events

BIND = "@odata.bind"
_CALLER = ("callerobjectid", "mscrmcallerid")


class Writer:
    """Writes rows in the name of one call."""

    def __init__(self, call: Call) -> None:
        self.call = call
        self.store = call.store
        self.going: set[str] = set()
        """The rows whose deletion is under way: what hangs on them may go too."""

    # ── from the wire ───────────────────────────────────────────────────────────────────────────────────────────────

    def create(self, name: str, body: Mapping[str, Any], key: str | None = None) -> str:
        """Create a row from a request body; its id. Raises: ServiceError."""
        table = self.call.table(name)
        if not table.creatable:
            raise errors.bad_request("0x80040800", f"The 'Create' method does not support entities of type '{name}'.")
        self.call.require("Create", name)
        row = self.read(table, body, "C")
        chosen = row.get(table.primary_id)
        if key is not None and chosen not in (None, key):
            raise errors.bad_request("0x80040203", "The id in the body differs from the id in the address.")
        row[table.primary_id] = key or chosen or str(uuid.uuid4())
        self.call.counts.append((name, "inserted"))
        return self.insert(table, row)

    def update(self, name: str, key: str, body: Mapping[str, Any]) -> None:
        """Change a row from a request body. Raises: ServiceError."""
        table = self.call.table(name)
        self.call.require("Write", name)
        old = self.existing(name, key)
        self.call.require_row("Write", name, old)
        changes = self.read(table, body, "U")
        given = changes.pop(table.primary_id, key)
        if given != key:
            raise errors.bad_request("0x80040203", "The id in the body differs from the id in the address.")
        self.call.counts.append((name, "updated"))
        self.modify(table, old, changes)

    def delete(self, name: str, key: str) -> None:
        """Delete a row with what hangs on it. Raises: ServiceError."""
        table = self.call.table(name)
        if not table.deletable:
            raise errors.ServiceError(405, "0x80040800", f"The 'Delete' method does not support '{name}'.")
        self.call.require("Delete", name)
        self.call.require_row("Delete", name, self.existing(name, key))
        self.call.counts.append((name, "deleted"))
        self.remove(table, key)

    def existing(self, name: str, key: str) -> Row:
        """A row that must be there. Raises: ServiceError 404."""
        row = self.store.get(name, key)
        if row is None:
            raise errors.not_found(name, key)
        return row

    # ── from the rules ──────────────────────────────────────────────────────────────────────────────────────────────

    def insert(self, table: Table, row: Row) -> str:
        """Create a row whose values are converted already; its id."""
        key: str = row[table.primary_id]
        if key in self.store.rows(table.name):
            raise errors.duplicate_id()
        rules = rules_for(table.name)
        self._start_state(table, row, key)
        self._own(table, row)
        rules.before_create(self, row)
        self._require(table, row)
        self._stamp_new(row)
        money.complete(self.store, table, row, row.keys(), self.call.writer)
        duplicates.check(self, table, row)
        self._intervene(table, row)
        self._check_keys(table, row, key)
        self.store.put(table.name, key, row)
        rules.after_create(self, row)
        events.notify(self.call, "Create", table, None, row)
        return key

    def modify(self, table: Table, old: Row, changes: Row) -> None:
        """Change a row; the new values are converted already."""
        rules, given = rules_for(table.name), list(changes)
        self._move_state(table, old, changes)
        rules.before_update(self, old, changes)
        row = {**old, **changes}
        if "_ownerid_value" in changes:
            self._own(table, row)
        self._require_present(table, changes)
        self._stamp(row)
        money.complete(self.store, table, row, changes.keys(), self.call.writer)
        duplicates.check(self, table, row)
        self._intervene(table, row, changes)
        self._check_keys(table, row, row[table.primary_id])
        self.store.put(table.name, row[table.primary_id], row)
        rules.after_update(self, old, row)
        events.notify(self.call, "Update", table, old, row, given)

    def overwrite(self, table: Table, old: Row, changes: Row) -> Row:
        """Change a row past the rules of its table, which an action or another row's rule has kept; the new row."""
        row = {**old, **changes}
        self._stamp(row)
        money.complete(self.store, table, row, changes.keys(), self.call.writer)
        self.store.put(table.name, row[table.primary_id], row)
        events.notify(self.call, "Update", table, old, row, list(changes))
        return row

    def remove(self, table: Table, key: str) -> None:
        """Delete a row: refuse, delete or unlink what points to it first."""
        row = self.store.rows(table.name)[key]
        self.going.add(key)
        rules_for(table.name).before_delete(self, row)
        for child in self.store.tables.values():
            for column in child.columns.values():
                if any(target.table == table.name for target in column.targets):
                    self._release(table, key, child, column)
        if key in self.store.rows(table.name):
            self.store.remove(table.name, key)
            rules_for(table.name).after_delete(self, row)
            events.notify(self.call, "Delete", table, row, None)

    def _release(self, table: Table, key: str, child: Table, column: Column) -> None:
        data = self.store.data[child.name]
        relation = (table.name, child.name, column.name)
        rule = self.store.delete_rules.get(relation) or delete_rule(table.name, child.name, column)
        found = data.find(column.wire, key)
        # A base unit goes last: the other units of its group need it.
        for each in sorted(found, key=lambda held: (bool(data.rows[held].get("isschedulebaseuom")), held)):
            if each not in data.rows or rule == "ignore":
                continue
            if rule == "restrict":
                raise errors.restricted_delete()
            if rule == "cascade":
                self.remove(child, each)
            else:
                unlinked = {**data.rows[each], column.wire: None}
                unlinked.pop(f"{column.wire}@table", None)
                self.store.put(child.name, each, unlinked)

    # ── reading a body ──────────────────────────────────────────────────────────────────────────────────────────────

    def read(self, table: Table, body: Mapping[str, Any], action: str) -> Row:
        """The wire values of a body. Columns that this action may not set are dropped, as the service does."""
        if not isinstance(body, Mapping):
            raise errors.payload_invalid(table.set_name, "The payload is not an object.")
        row: Row = {}
        for name, value in body.items():
            if name.endswith(BIND):
                self._bind(table, row, name[: -len(BIND)], value, action)
                continue
            if "@" in name:
                continue
            column = table.columns.get(name)
            if column is None or column.type in LOOKUP_TYPES:
                raise self._unreadable(table, name, value)
            if action in column.access or name == table.primary_id:
                row[name] = self.store.converter(table, column)(value)
        return row

    def _unreadable(self, table: Table, name: str, value: Any) -> errors.ServiceError:
        if isinstance(value, dict | list) and name in table.navs:
            return errors.not_supported("deep inserts")
        if name in table.by_wire:
            return errors.payload_invalid(
                table.set_name, f"The property '{name}' cannot be written; use the navigation property with '{BIND}'."
            )
        inner = (
            f"The property '{name}' does not exist on type 'Microsoft.Dynamics.CRM.{table.name}'. Make sure to only "
            "use property names that are defined by the type."
        )
        return errors.payload_invalid(table.set_name, inner)

    def _bind(self, table: Table, row: Row, nav: str, value: Any, action: str) -> None:
        pair = table.navs.get(nav)
        if pair is None:
            raise errors.undeclared_property(table.set_name, nav)
        column, target = pair
        if action not in column.access:
            return
        if value is None:
            row[column.wire] = None
            return
        if not isinstance(value, str):
            raise errors.payload_invalid(table.set_name, f"The value of '{nav}{BIND}' is not a text.")
        found, key = resolve_address(self.call, value)
        allowed = {each.table for each in column.targets if each.nav == nav}
        if found.name not in allowed:
            inner = f"'{found.set_name}' is not the entity set the navigation property '{nav}' points to."
            raise errors.payload_invalid(table.set_name, inner)
        if self.store.get(found.name, key) is None:
            raise errors.not_found(found.name, key)
        self.call.require("Append", table.name)
        self.call.require("AppendTo", found.name)
        row[column.wire] = key
        if column.polymorphic:
            row[f"{column.wire}@table"] = found.name

    # ── what every row has ──────────────────────────────────────────────────────────────────────────────────────────

    def _start_state(self, table: Table, row: Row, key: str) -> None:
        if not table.states:
            return
        state = table.initial_state
        alone = row.get("_parentproductid_value") is None
        if state == 2 and alone and self.store.organization().get("createproductswithoutparentinactivestate"):
            state = 0
        reason = row.get("statuscode")
        if reason is None:
            row["statuscode"] = table.default_reason(state)
        elif reason not in table.states[state].reasons:
            raise errors.state_invalid(table.schema_name, table.name, table.states[state].label, reason, key)
        row["statecode"] = state

    def _move_state(self, table: Table, old: Row, changes: Row) -> None:
        """Check the pair of state and reason; the missing one follows from the given one."""
        if "statecode" not in changes and "statuscode" not in changes:
            return
        reason: int | None = changes.get("statuscode")
        state: int | None = changes.get("statecode")
        if state is None:
            state = table.state_of(reason) if reason is not None else None
        if state is None:
            state = int(old["statecode"])
        if reason is None:
            reason = table.default_reason(state)
        if reason not in table.states[state].reasons:
            key = old[table.primary_id]
            raise errors.state_invalid(table.schema_name, table.name, table.states[state].label, reason, key)
        changes["statecode"], changes["statuscode"] = state, reason

    def _own(self, table: Table, row: Row) -> None:
        """Fill the owner columns; refuse an owner who cannot own rows."""
        if table.ownership != "UserOwned":
            return
        if row.get("_ownerid_value") is None:
            row["_ownerid_value"], row["_ownerid_value@table"] = self.call.writer, "systemuser"
        owner = row["_ownerid_value"]
        if row["_ownerid_value@table"] == "team":
            team = self.store.rows("team")[owner]
            if team.get("teamtype") == 1:
                raise errors.bad_request("0x80040203", "An access team cannot own records.")
            row["_owningteam_value"], row["_owninguser_value"] = owner, None
            row["_owningbusinessunit_value"] = team.get("_businessunitid_value")
            return
        user = self.store.rows("systemuser")[owner]
        if owner != self.call.writer:
            self._check_owner(user, owner)
        row["_owninguser_value"], row["_owningteam_value"] = owner, None
        row["_owningbusinessunit_value"] = user.get("_businessunitid_value")

    def _check_owner(self, user: Row, owner: str) -> None:
        if user.get("isdisabled"):
            text = f"The specified user(Id = {owner}) is disabled. Consequently, it cannot perform this operation."
            raise errors.ServiceError(403, "0x80040225", text)
        if not user.get("islicensed", True) and not user.get("applicationid"):
            raise errors.ServiceError(403, "0x8004d24b", f"The user (Id = {owner}) has not been assigned any License.")
        if not roles_of(self.store, owner):
            text = f"The user with id {owner} has not been assigned any roles. They need a role to own records."
            raise errors.ServiceError(403, "0x80042f09", text)

    def _require(self, table: Table, row: Row) -> None:
        for column in table.required:
            if row.get(column.wire, table.defaults.get(column.wire)) is None:
                raise errors.missing(table.name, column.name)

    def _require_present(self, table: Table, changes: Row) -> None:
        for column in table.required:
            if column.wire in changes and changes[column.wire] is None:
                raise errors.missing(table.name, column.name)

    def _stamp_new(self, row: Row) -> None:
        call = self.call
        row["createdon"] = row.get("overriddencreatedon") or call.now
        row["_createdby_value"] = call.writer
        self._stamp(row)
        if row.get("_modifiedonbehalfby_value") is not None:
            row["_createdonbehalfby_value"] = call.user

    def _stamp(self, row: Row) -> None:
        """Say who wrote when; for a caller who acts for another user, also who that was."""
        call = self.call
        row["modifiedon"] = call.now
        row["_modifiedby_value"] = call.writer
        acting = call.writer != call.user and any(name in call.headers for name in _CALLER)
        if acting:
            row["_modifiedonbehalfby_value"] = call.user
        else:
            row.pop("_modifiedonbehalfby_value", None)

    def _intervene(self, table: Table, row: Row, changes: Row | None = None) -> None:
        """Let the fault rules refuse or rewrite what is about to be stored."""
        if not self.call.effects.inside:
            return
        written = {**table.defaults, **row} if changes is None else {name: row.get(name) for name in changes}
        refused = self.call.effects.rejects(written)
        if refused is not None:
            raise errors.bad_request(
                "0x80040265", f"A plug-in of the sandbox refuses {table.name} rows with {refused}."
            )
        row.update(self.call.effects.rewritten(written))

    def _check_keys(self, table: Table, row: Row, key: str) -> None:
        for name, columns in self.store.keys.get(table.name, {}).items():
            if self.store.key_status(table.name, name) != "Active":
                continue
            wires = [table.columns[column].wire for column in columns]
            if any(row.get(wire) is None for wire in wires):
                continue
            found = find_by_key(self.call, table, {wire: row[wire] for wire in wires})
            if found not in (None, key):
                text = (
                    f"Entity Key {name} violated. A record with the same value for {', '.join(columns)} already exists. "
                    "A duplicate record cannot be created. Select one or more unique values and try again."
                )
                raise errors.ServiceError(412, "0x80060892", text)

"""The rules of solution rows: one by one they can be made by hand, deleting one uninstalls it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.dataverse import errors
from sandbox.dataverse.rules.base import Rules
from sandbox.dataverse.solutions import jobs, uninstall
from sandbox.dataverse.solutions.checks import SYSTEM_SOLUTIONS
from sandbox.dataverse.solutions.install import copy_roles, steady_id
from sandbox.dataverse.store import Row

if TYPE_CHECKING:
    from sandbox.dataverse.writer import Writer


class Solutions(Rules):
    """The unique name is unique; what is made by hand is unmanaged; a managed solution takes its components along."""

    def before_create(self, writer: Writer, row: Row) -> None:
        if writer.store.data["solution"].find("uniquename", row.get("uniquename")):
            raise errors.duplicate_id()
        row["ismanaged"] = False
        row["isvisible"] = True
        row["installedon"] = row["updatedon"] = writer.call.now

    def before_update(self, writer: Writer, old: Row, changes: Row) -> None:
        changes["updatedon"] = writer.call.now

    def before_delete(self, writer: Writer, row: Row) -> None:
        store, key = writer.store, row["solutionid"]
        if str(row["uniquename"]).lower() in SYSTEM_SOLUTIONS:
            raise errors.bad_request("0x80048046", "System solution cannot be deleted.")
        if jobs.running(store) is not None:
            text = (
                "Cannot start another [Uninstall] because there is a previous [Import] running at this moment. "
                "Use Solution History for more details."
            )
            raise errors.bad_request("0x80071151", text)
        if row.get("ismanaged"):
            uninstall.refuse_if_needed(store, key)
            # The schema has no roll-back: it changes once nothing can go wrong any more.
            store.after_commit.append(lambda: uninstall.uninstall(store, key))
        else:
            store.after_commit.append(lambda: uninstall.forget(store, key))


class BusinessUnits(Rules):
    """A new unit has its default team and its copies of all roles."""

    def before_create(self, writer: Writer, row: Row) -> None:
        if row.get("_parentbusinessunitid_value") is None:
            raise errors.missing("businessunit", "parentbusinessunitid")
        row["isdisabled"] = False
        row["_organizationid_value"] = writer.store.organization()["organizationid"]

    def after_create(self, writer: Writer, row: Row) -> None:
        unit = row["businessunitid"]
        team: Row = {
            "teamid": steady_id(f"team/{unit}"),
            "name": row["name"],
            "teamtype": 0,
            "isdefault": True,
            "systemmanaged": False,
            "organizationid": writer.store.organization()["organizationid"],
            "_businessunitid_value": unit,
            "_administratorid_value": writer.call.writer,
        }
        stamps: Row = {
            "createdon": writer.call.now,
            "modifiedon": writer.call.now,
            "_createdby_value": writer.call.writer,
            "_modifiedby_value": writer.call.writer,
        }
        writer.store.put("team", team["teamid"], team | stamps)
        copy_roles(writer.store, unit, stamps)


class Roles(Rules):
    """A role made by hand belongs to one unit and starts without privileges; a managed one cannot be changed."""

    def before_create(self, writer: Writer, row: Row) -> None:
        row["organizationid"] = writer.store.organization()["organizationid"]
        row["roleidunique"] = steady_id(f"unique/{row['roleid']}")
        row["componentstate"] = 0
        row["ismanaged"] = False
        row.setdefault("_parentrootroleid_value", row["roleid"])
        for key in writer.store.data["role"].find("name", row.get("name")):
            if writer.store.rows("role")[key].get("_businessunitid_value") == row.get("_businessunitid_value"):
                raise errors.bad_request("0x80040223", f"A role with the name '{row['name']}' exists in this unit.")

    def after_create(self, writer: Writer, row: Row) -> None:
        writer.store.privileges.setdefault(row["roleid"], {})

    def before_update(self, writer: Writer, old: Row, changes: Row) -> None:
        if old.get("_parentrootroleid_value") != old["roleid"]:
            raise errors.bad_request(
                "0x8004140f", "A role that is inherited from another business unit cannot be changed."
            )

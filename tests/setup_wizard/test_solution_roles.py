"""The roles: rights that follow from the mappings, neither fewer nor more."""

import pytest

from setup_wizard.solution.names import CONNECTION, STATISTICS
from setup_wizard.solution.roles import (
    ADMINISTRATOR_ROLE,
    AVAILABILITY_ROLE,
    PRIVILEGE_NOUNS,
    USER_ROLE,
    RoleDefinition,
    mapping_rights,
    privileges_of,
    role_definitions,
    tables_of_rights,
)
from sync.defaults import MAPPINGS, TABLES
from sync.defaults.base import FieldDefault, MappingDefault


def role(name: str, **options: object) -> RoleDefinition:
    """Return a role of the shipped package."""
    return next(found for found in role_definitions(**options) if found.name == name)  # type: ignore[arg-type]


def mapping(way: str, *fields: FieldDefault, **options: object) -> MappingDefault:
    """Return a mapping of accounts."""
    return MappingDefault("ACCOUNT", "Customer", "account", way, fields, **options)  # type: ignore[arg-type]


class TestRightsOfAMapping:
    def test_that_only_reads_are_to_read(self) -> None:
        assert mapping_rights([mapping("from")])["account"] == {"Read"}

    def test_that_writes_are_to_create_too(self) -> None:
        assert mapping_rights([mapping("to")])["account"] == {"Read", "Create", "Write", "Append"}

    def test_that_creates_nothing_new_are_not_to_create(self) -> None:
        assert "Create" not in mapping_rights([mapping("both", create_new=False)])["account"]

    def test_reach_what_a_lookup_points_to(self) -> None:
        entry = FieldDefault("Currency_Code", "transactioncurrencyid", "to", "currency", target="CURRENCY")

        rights = mapping_rights([mapping("to", entry)])

        assert {"Read", "AppendTo"} <= rights["transactioncurrency"]

    def test_that_sets_an_owner_are_to_assign(self) -> None:
        entry = FieldDefault("Salesperson_Code", "ownerid", "both", "owner", target="SALESPEOPLE")

        assert "Assign" in mapping_rights([mapping("both", entry)])["account"]
        assert "Assign" not in mapping_rights([mapping("both")])["account"]

    def test_are_to_delete_only_with_a_policy_that_deletes(self) -> None:
        assert "Delete" in mapping_rights([mapping("to")], deleting=["ACCOUNT"])["account"]
        assert "Delete" not in mapping_rights([mapping("from")], deleting=["ACCOUNT"])["account"]

    def test_of_nobody_are_to_delete_as_shipped(self) -> None:
        assert not any("Delete" in actions for actions in mapping_rights(MAPPINGS).values())


class TestTheIntegrationUser:
    @pytest.mark.parametrize("table", [table for side, table in TABLES if side == "crm"])
    def test_reads_every_table_that_is_mirrored(self, table: str) -> None:
        assert "Read" in role(USER_ROLE).rights[table]

    @pytest.mark.parametrize(
        "table", sorted({each.crm_table for each in MAPPINGS if each.way != "from" and each.kind == "table"})
    )
    def test_writes_every_table_that_is_mapped_that_way(self, table: str) -> None:
        assert {"Create", "Write"} <= role(USER_ROLE).rights[table]

    @pytest.mark.parametrize("table", ["uom", "uomschedule", "pricelevel", "productpricelevel"])
    def test_has_what_the_documented_list_lacks(self, table: str) -> None:
        assert {"Create", "Read", "Write"} <= role(USER_ROLE).rights[table]

    def test_reads_a_connection_and_does_not_change_it(self) -> None:
        assert role(USER_ROLE).rights[CONNECTION] == {"Read", "AppendTo"}

    def test_may_act_for_a_person_and_add_options(self) -> None:
        names = privileges_of(role(USER_ROLE))

        assert {"prvActOnBehalfOfAnotherUser", "prvWriteAttribute", "prvPublishCustomization"} <= set(names)

    def test_has_no_right_to_customize_security(self) -> None:
        names = " ".join(privileges_of(role(USER_ROLE)))

        for never in (
            "prvWriteRole",
            "prvCreateRole",
            "prvAssignRole",
            "prvImportCustomization",
            "prvDelete",
            "prvCreateUser",
        ):
            assert never not in names


class TestTheOthers:
    def test_the_administrator_manages_the_connection(self) -> None:
        assert {"Create", "Read", "Write", "Delete"} <= role(ADMINISTRATOR_ROLE).rights[CONNECTION]
        assert role(ADMINISTRATOR_ROLE).rights[STATISTICS] == {"Read"}

    def test_who_sees_availability_changes_nothing(self) -> None:
        actions = set().union(*role(AVAILABILITY_ROLE).rights.values())

        assert not actions & {"Create", "Write", "Delete", "Assign"}


class TestNamesOfPrivileges:
    def test_follow_the_platform_where_it_shares_them(self) -> None:
        names = privileges_of(role(USER_ROLE))

        assert {"prvReadUser", "prvReadOrder", "prvReadNote", "prvWriteProduct"} <= set(names)
        assert not {"prvReadSystemUser", "prvReadSalesOrder", "prvReadPriceLevel", "prvReadUoM"} & set(names)

    def test_are_known_for_every_table(self) -> None:
        assert set(tables_of_rights(role_definitions())) <= set(PRIVILEGE_NOUNS)

    def test_stand_once_each_and_sorted(self) -> None:
        names = privileges_of(role(USER_ROLE))

        assert names == sorted(set(names))

    def test_are_the_environments_own_where_it_was_asked(self) -> None:
        given = {"systemuser": {"Read": "prvReadPerson"}}

        names = privileges_of(role(USER_ROLE), given)

        assert "prvReadPerson" in names and "prvReadUser" not in names
        # An action for which the environment has no privilege needs none.
        assert not any(name.startswith("prvWriteUser") for name in names)

    def test_of_rows_that_the_organization_owns_are_never_to_assign(self) -> None:
        names = privileges_of(role(USER_ROLE, deleting=[each.name for each in MAPPINGS]))

        assert not {"prvAssignProduct", f"prvAssign{STATISTICS}"} & set(names)

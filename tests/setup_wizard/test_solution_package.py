"""The solution package: its form, its bytes, what it holds, and what Microsoft's schemas say of it."""

import io
import os
import re
import uuid
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from connector.errors import ConfigurationError
from setup_wizard.solution.names import CONNECTION, PREFIX, SOLUTION, STATISTICS, VERSION, version_key
from setup_wizard.solution.package import package_build, package_facts
from setup_wizard.solution.tables import EXTENDED_TABLES, OWN_TABLES, TABLES

SCHEMAS = os.environ.get("DATAVERSE_XSD_DIR", "")


def opened(data: bytes) -> zipfile.ZipFile:
    """Return the package, opened."""
    return zipfile.ZipFile(io.BytesIO(data))


def xml_of(data: bytes, name: str) -> ElementTree.Element:
    """Return one file of a package."""
    return ElementTree.fromstring(opened(data).read(name))


@pytest.fixture(scope="module")
def content() -> ElementTree.Element:
    """customizations.xml."""
    return xml_of(package_build(), "customizations.xml")


@pytest.fixture(scope="module")
def manifest() -> ElementTree.Element:
    """The manifest in solution.xml."""
    found = xml_of(package_build(), "solution.xml").find("SolutionManifest")
    assert found is not None
    return found


class TestBytes:
    def test_are_the_same_for_every_build(self) -> None:
        assert package_build() == package_build()

    def test_differ_for_another_version(self) -> None:
        assert package_build() != package_build(version="1.0.0.1")

    def test_hold_the_three_files_of_a_package_at_its_root(self) -> None:
        assert sorted(opened(package_build()).namelist()) == [
            "[Content_Types].xml",
            "customizations.xml",
            "solution.xml",
        ]

    def test_carry_no_time_of_the_build(self) -> None:
        assert {entry.date_time[0] for entry in opened(package_build()).infolist()} == {2020}


class TestManifest:
    def test_names_solution_version_and_kind(self) -> None:
        facts = package_facts(package_build())

        assert (facts.unique_name, facts.version, facts.managed) == (SOLUTION, VERSION, True)
        assert package_facts(package_build(managed=False)).managed is False

    def test_names_the_publisher_whose_prefix_all_names_carry(
        self, manifest: ElementTree.Element, content: ElementTree.Element
    ) -> None:
        assert manifest.findtext("Publisher/CustomizationPrefix") == PREFIX
        own = [table for table in TABLES if table.is_ours]
        columns = [
            attribute.get("PhysicalName", "")
            for entity in content.iterfind("Entities/Entity")
            for attribute in entity.iterfind("EntityInfo/entity/attributes/attribute")
            if entity.findtext("Name") not in {table.schema_name for table in own}
        ]
        assert columns and all(name.startswith(f"{PREFIX}_") for name in columns)

    def test_lists_every_table_and_role(self, manifest: ElementTree.Element, content: ElementTree.Element) -> None:
        listed = [part.attrib for part in manifest.iterfind("RootComponents/RootComponent")]

        assert {part["schemaName"] for part in listed if part["type"] == "1"} == {table.name for table in TABLES}
        assert {part["id"] for part in listed if part["type"] == "20"} == {
            role.get("id") for role in content.iterfind("Roles/Role")
        }

    def test_takes_the_tables_of_sales_as_shells(self, manifest: ElementTree.Element) -> None:
        behaviors = {
            part.get("schemaName"): part.get("behavior") for part in manifest.iterfind("RootComponents/RootComponent")
        }

        assert {behaviors[table.name] for table in EXTENDED_TABLES} == {"2"}
        assert {behaviors[table.name] for table in OWN_TABLES} == {"0"}


class TestTables:
    def test_of_our_own_have_key_name_and_change_tracking(self, content: ElementTree.Element) -> None:
        for table in OWN_TABLES:
            entity = content.find(f"Entities/Entity[Name='{table.schema_name}']/EntityInfo/entity")
            assert entity is not None
            types = {
                part.get("PhysicalName"): part.findtext("Type") for part in entity.iterfind("attributes/attribute")
            }
            masks = [part.findtext("DisplayMask", "") for part in entity.iterfind("attributes/attribute")]
            assert types[f"{table.name}id"] == "primarykey"
            assert sum("PrimaryName" in mask for mask in masks) == 1
            assert entity.findtext("ChangeTrackingEnabled") == "1"

    def test_hold_what_nav_keeps_of_a_connection(self) -> None:
        names = {column.name for column in OWN_TABLES[0].columns}

        assert {
            f"nsc_{part}"
            for part in (
                "name",
                "dynamicsnavurl",
                "dynamicsnavodataurl",
                "dynamicsnavodatausername",
                "dynamicsnavodataaccesskey",
            )
        } <= names

    def test_hold_what_nav_says_of_an_account(self) -> None:
        names = {column.name for column in OWN_TABLES[1].columns}

        wanted = (
            "customerno balancelcy outstandingorderslcy shippednotinvoicedlcy outstandinginvoiceslcy "
            "outstandingserviceorderslcy servshippednotinvoicedlcy outstandingservinvoiceslcy totallcy creditlimitlcy "
            "overdueamountslcy overdueamountsasof totalsaleslcy invoicedprepaymentamountlcy"
        ).split()
        assert {f"nsc_{part}" for part in wanted} <= names

    def test_have_a_base_twin_for_every_amount(self) -> None:
        columns = OWN_TABLES[1].columns
        amounts = {column.name for column in columns if column.kind == "money"}

        assert {column.base_of for column in columns if column.base_of} == amounts

    def test_have_a_relationship_behind_every_lookup(self, content: ElementTree.Element) -> None:
        lookups = {(table.schema_name, column.name) for table in TABLES for column in table.columns if column.target}
        related = {
            (part.findtext("ReferencingEntityName", ""), part.findtext("ReferencingAttributeName", ""))
            for part in content.iterfind("EntityRelationships/EntityRelationship")
        }

        assert lookups == related
        names = [part.get("Name") for part in content.iterfind("EntityRelationships/EntityRelationship")]
        assert len(names) == len(set(names))

    def test_have_keys_only_over_columns_of_ours(self) -> None:
        keyed = [(table, column) for table in TABLES for key in table.keys for column in key.columns]

        assert {table.name for table, _column in keyed} >= {CONNECTION, STATISTICS, "salesorder"}
        assert all(column in {own.name for own in table.columns} for table, column in keyed)

    def test_are_named_in_english_and_dutch(self, content: ElementTree.Element) -> None:
        for group in ("displaynames", "LocalizedNames"):
            for element in content.iter(group):
                texts = {part.get("languagecode"): part.get("description") for part in element}
                assert set(texts) == {"1033", "1043"} and all(texts.values())


class TestFormsAndViews:
    def test_show_number_statistics_and_availability(self, content: ElementTree.Element) -> None:
        fields = {
            entity.findtext("Name"): {part.get("datafieldname") for part in entity.iter("control")}
            for entity in content.iterfind("Entities/Entity")
        }

        assert {"accountnumber", "nsc_accountstatisticsid"} <= fields["Account"]
        assert {"productnumber", "quantityonhand"} <= fields["Product"]
        assert "nsc_navordernumber" in fields["SalesOrder"]
        assert "nsc_balancelcy" in fields[STATISTICS]

    def test_never_show_the_access_key(self, content: ElementTree.Element) -> None:
        shown = [part.get("datafieldname") for part in content.iter("control")]
        listed = [part.get("name") for part in content.iter("cell")]

        assert shown and "nsc_dynamicsnavodataaccesskey" not in {*shown, *listed}

    def test_point_to_a_quick_view_that_is_there(self, content: ElementTree.Element) -> None:
        (text,) = [part.text or "" for part in content.iter("QuickForms")]
        forms = {part.findtext("formid", "").strip("{}") for part in content.iter("systemform")}

        assert ElementTree.fromstring(text).findtext("QuickFormId") in forms

    def test_have_ids_of_their_own(self, content: ElementTree.Element) -> None:
        ids = [part.text or "" for name in ("formid", "savedqueryid") for part in content.iter(name)]
        ids += [part.get("id", "") for name in ("tab", "section") for part in content.iter(name)]

        assert len(ids) == len(set(ids))
        assert all(str(uuid.UUID(key)) == key.strip("{}") for key in ids)

    def test_use_columns_that_the_view_can_have(self, content: ElementTree.Element) -> None:
        for entity in content.iterfind("Entities/Entity"):
            own = {part.get("PhysicalName") for part in entity.iterfind("EntityInfo/entity/attributes/attribute")}
            for view in entity.iterfind("SavedQueries/savedqueries/savedquery"):
                shown = [part.get("name", "") for part in view.iterfind("layoutxml/grid/row/cell")]
                fetched = [part.get("name", "") for part in view.iterfind("fetchxml/fetch/entity/attribute")]
                assert set(shown) <= set(fetched)
                assert {name for name in fetched if name.startswith(PREFIX)} <= own


class TestVersions:
    @pytest.mark.parametrize(
        ("older", "newer"), [("1.9.0.0", "1.10.0.0"), ("1.0", "1.0.0.1"), ("9.2.24011.1", "10.0.0.0")]
    )
    def test_are_compared_as_numbers(self, older: str, newer: str) -> None:
        assert version_key(older) < version_key(newer)

    def test_count_missing_parts_as_zero(self) -> None:
        assert version_key("1.2") == version_key("1.2.0.0")


def zipped(**files: bytes) -> bytes:
    """Return a zip; names are written with underscores for dots."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, content in files.items():
            archive.writestr(name.replace("_", "."), content)
    return stream.getvalue()


BOMB = b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><ImportExportXml>&b;</ImportExportXml>'


class TestAPackageOfSomebodysOwn:
    def test_says_what_it_is(self) -> None:
        nav = zipped(
            solution_xml=b"<ImportExportXml><SolutionManifest><UniqueName>MicrosoftDynamicsNavIntegration</UniqueName>"
            b"<Version>1.3.0.1</Version><Managed>1</Managed></SolutionManifest></ImportExportXml>"
        )

        facts = package_facts(nav)

        assert (facts.unique_name, facts.version, facts.managed) == ("MicrosoftDynamicsNavIntegration", "1.3.0.1", True)

    @pytest.mark.parametrize(
        ("data", "reason"),
        [
            (b"no zip at all", "cannot be read"),
            (zipped(readme_txt=b"x"), "no solution.xml"),
            (zipped(solution_xml=b"<ImportExportXml/>"), "names no solution"),
            (zipped(solution_xml=b"<Import"), "cannot be read"),
            (zipped(solution_xml=BOMB), "cannot be read"),
            (zipped(solution_xml=b"<a>" + b" " * 2_000_000 + b"</a>"), "too large"),
        ],
        ids=["text", "other zip", "empty", "cut", "entities", "huge"],
    )
    def test_is_refused_with_the_reason_when_it_is_none(self, data: bytes, reason: str) -> None:
        with pytest.raises(ConfigurationError, match=reason):
            package_facts(data)


class TestBuildSolution:
    def test_writes_the_package(self, manage: Callable[..., Any], tmp_path: Path) -> None:
        target = tmp_path / "solution.zip"

        answer = manage("build_solution", "--output", str(target))

        assert answer.status == 0, answer.err
        assert target.read_bytes() == package_build()
        assert f"{SOLUTION} {VERSION}, managed" in answer.out

    def test_gives_the_right_to_delete_only_where_it_is_asked_for(
        self, manage: Callable[..., Any], tmp_path: Path
    ) -> None:
        target = tmp_path / "solution.zip"

        manage("build_solution", "--output", str(target), "--deletions", "CONTACT")

        text = opened(target.read_bytes()).read("customizations.xml").decode()
        assert "prvDeleteContact" in text
        assert "prvDeleteAccount" not in text

    def test_refuses_a_mapping_that_is_not_there(self, manage: Callable[..., Any], tmp_path: Path) -> None:
        answer = manage("build_solution", "--output", str(tmp_path / "s.zip"), "--deletions", "CUSTOMERS")

        assert answer.status != 0
        assert "CUSTOMERS" in answer.err and not (tmp_path / "s.zip").exists()


def schema_folder(target: Path) -> Path:
    """Return a copy of Microsoft's schemas whose patterns carry no anchors of their own.

    An XSD pattern is anchored anyway; `^` and `$` are plain characters in it, so that no value at all would fit.
    """
    for source in Path(SCHEMAS).glob("*.xsd"):
        text = source.read_text(encoding="utf-8-sig")
        text = re.sub(r'(<xs:pattern value\s?=\s?")\^?(.*?)\$?("\s*/>)', r"\1\2\3", text)
        (target / source.name).write_text(text, encoding="utf-8")
    return target


@pytest.mark.conformance
@pytest.mark.parametrize("managed", [True, False], ids=["managed", "unmanaged"])
def test_the_customizations_hold_against_microsofts_schemas(
    managed: bool, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    if not SCHEMAS:
        message = "NOT CHECKED against Microsoft's schemas: set DATAVERSE_XSD_DIR to the folder with CustomizationsSolution.xsd"
        with capsys.disabled():
            print(f"\n*** {message} ***")
        pytest.skip(message)
    import xmlschema

    with warnings.catch_warnings():
        # Two constructs of the published files are no strict XSD; the rest of the schema is used.
        warnings.simplefilter("ignore")
        schema = xmlschema.XMLSchema(str(schema_folder(tmp_path) / "CustomizationsSolution.xsd"), validation="lax")
    text = opened(package_build(managed=managed)).read("customizations.xml").decode()

    errors = [f"{error.path}: {error.reason}" for error in schema.iter_errors(text)]

    assert errors == []
    broken = text.replace("<Type>money</Type>", "<Type>gold</Type>")
    assert not schema.is_valid(broken)

"""Solutions: the package is checked, the import goes on by the clock, and what it brings then exists."""

from __future__ import annotations

import uuid
from typing import Any
from xml.etree.ElementTree import fromstring

import pytest

from tests.sandbox.dataverse import packages
from tests.sandbox.dataverse.packages import customizations, package, parameters, relationship, role, solution

JOB = "11111111-2222-3333-4444-555555555555"


@pytest.fixture
def admin(sign_in_as: Any) -> Any:
    return sign_in_as("admin")


def wait(client: Any, seconds: float = 60) -> None:
    client.app.clock.offset_seconds += seconds


def bring(client: Any, file: str, **more: Any) -> Any:
    """Import in the background and wait for the end; the system job."""
    answer = client.post("ImportSolutionAsync", parameters(file, **more))
    assert answer.status == 200, answer.body
    wait(client)
    return client.get(f"asyncoperations({answer.json['AsyncOperationId']})").json


@pytest.fixture
def installed(admin: Any) -> Any:
    assert bring(admin, package())["statuscode"] == 30
    wait(admin)
    return admin


# ── what then exists ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_solution_and_its_publisher_are_listed(installed: Any) -> None:
    row = installed.get("solutions?$filter=uniquename eq 'NavLedger'&$expand=publisherid").value[0]

    assert (row["version"], row["ismanaged"], row["friendlyname"]) == ("1.0.0.0", True, "Ledger of NAV")
    assert (row["publisherid"]["uniquename"], row["publisherid"]["customizationprefix"]) == ("navpublisher", "nav")


def test_the_new_table_is_in_the_metadata(installed: Any) -> None:
    table = installed.get("EntityDefinitions(LogicalName='nav_ledger')").json
    columns = installed.get("EntityDefinitions(LogicalName='nav_ledger')/Attributes").value
    kinds = {row["LogicalName"]: row["AttributeType"] for row in columns if row["IsCustomAttribute"]}

    assert (table["EntitySetName"], table["SchemaName"]) == ("nav_ledgers", "nav_Ledger")
    assert (table["IsCustomEntity"], table["PrimaryNameAttribute"]) == (True, "nav_name")
    assert table["ChangeTrackingEnabled"]
    assert table["ObjectTypeCode"] >= 10_000
    assert kinds["nav_name"] == "String"
    assert kinds["nav_note"] == "Memo"
    assert kinds["nav_days"] == "Integer"
    assert kinds["nav_rate"] == "Decimal"
    assert kinds["nav_balance"] == "Money"
    assert kinds["nav_open"] == "Boolean"
    assert kinds["nav_due"] == "DateTime"
    assert kinds["nav_kind"] == "Picklist"
    assert kinds["nav_accountid"] == "Lookup"


def test_rows_of_the_new_table_can_be_written_and_read(installed: Any) -> None:
    account = installed.create("accounts", name="A")
    values: dict[str, Any] = {
        "nav_name": "Main",
        "nav_days": 30,
        "nav_rate": 1.2345,
        "nav_balance": 12.5,
        "nav_due": "2026-01-31",
        "nav_seenon": "2026-01-31T10:00:00Z",
        "nav_kind": 100000001,
        "nav_tags": "100000001,100000000",
    }

    key = installed.create("nav_ledgers", nav_AccountId__bind=f"/accounts({account})", **values)

    row = installed.get(f"nav_ledgers({key})", prefer='odata.include-annotations="*"').json
    assert (row["nav_name"], row["nav_days"], row["nav_rate"], row["nav_due"]) == ("Main", 30, 1.234, "2026-01-31")
    assert row["nav_balance_base"] == 12.5
    assert row["nav_open"] is True
    assert row["nav_open@OData.Community.Display.V1.FormattedValue"] == "Open"
    assert row["nav_kind@OData.Community.Display.V1.FormattedValue"] == "Silver"
    assert row["nav_tags"] == "100000000,100000001"
    assert row["nav_tags@OData.Community.Display.V1.FormattedValue"] == "Gold; Silver"
    assert row["_nav_accountid_value"] == account
    assert row["_nav_accountid_value@Microsoft.Dynamics.CRM.associatednavigationproperty"] == "nav_AccountId"
    assert installed.get(f"accounts({account})/nav_account_ledger").value[0]["nav_ledgerid"] == key


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("nav_name", "x" * 81, "0x80044331"),
        ("nav_days", 366, "0x8004432f"),
        ("nav_rate", 11, "0x80044330"),
        ("nav_kind", 5, "0x8004431a"),
        ("nav_tags", "5", "0x8004431a"),
        ("nav_tags", "a", "0x80048d19"),
        ("nav_nothing", 1, "0x80048d19"),
        ("nav_accountid@odata.bind", "/accounts(1)", "0x80048d19"),
    ],
)
def test_the_columns_of_the_package_check_their_values(installed: Any, name: str, value: Any, code: str) -> None:
    assert installed.post("nav_ledgers", {name: value}).code == code


def test_an_existing_table_gains_columns_and_keys(installed: Any) -> None:
    key = installed.create("accounts", name="A", nav_customerno="C1")
    wait(installed)

    assert installed.get("accounts(nav_customerno='c1')?$select=nav_customerno").json["accountid"] == key
    assert installed.get("accounts?$filter=nav_customerno eq 'C1'&$select=name").value[0]["name"] == "A"
    assert installed.post("accounts", {"name": "B", "nav_customerno": "C1"}).code == "0x80060892"


def test_the_index_of_a_key_is_built_by_a_job(admin: Any) -> None:
    for _ in range(2):
        admin.create("accounts", name="Twin")
    answer = admin.post("ImportSolutionAsync", parameters(package()))
    states = []
    for _ in range(60):
        wait(admin, 0.25)
        if admin.get("EntityDefinitions(LogicalName='nav_ledger')").status == 200:
            row = admin.get("EntityDefinitions(LogicalName='nav_ledger')/Keys").value[0]
            states.append(row["EntityKeyIndexStatus"])
    pending = admin.get(f"asyncoperations({answer.json['AsyncOperationId']})").json

    assert pending["statuscode"] == 30
    assert list(dict.fromkeys(states)) == ["Pending", "InProgress", "Active"]


def test_a_key_over_equal_values_fails_and_does_not_count(admin: Any) -> None:
    twins = packages.entity(
        "Account", "", keys="<EntityKeys>" + packages.key("nav_byname", "name") + "</EntityKeys>", code=1
    )
    for _ in range(2):
        admin.create("accounts", name="Twin")
    roots = '<RootComponent type="1" schemaName="account" behavior="1" />'
    bring(admin, package(solution(roots=roots), customizations(twins, "", "", "")))
    wait(admin)

    keys = {row["LogicalName"]: row for row in admin.get("EntityDefinitions(LogicalName='account')/Keys").value}
    assert keys["nav_byname"]["EntityKeyIndexStatus"] == "Failed"
    assert admin.get("accounts(name='Twin')").code == "0x80060890"


def test_forms_and_views_are_kept_as_rows(installed: Any) -> None:
    form = installed.get(f"systemforms({packages.FORM})").json
    view = installed.get(f"savedqueries({packages.VIEW})").json

    assert (form["name"], form["objecttypecode"]) == ("Information", "nav_ledger")
    assert (view["name"], view["returnedtypecode"]) == ("Active Ledgers", "nav_ledger")
    assert "nav_ledger" in view["fetchxml"]


def test_bulk_messages_exist_for_the_new_table(installed: Any) -> None:
    asked = (
        "sdkmessagefilters?$select=sdkmessagefilterid&$filter=sdkmessageid/name eq 'CreateMultiple' "
        "and primaryobjecttypecode eq 'nav_ledger'"
    )
    target = {"@odata.type": "Microsoft.Dynamics.CRM.nav_ledger", "nav_name": "A"}

    assert len(installed.get(asked).value) == 1
    answer = installed.post("nav_ledgers/Microsoft.Dynamics.CRM.CreateMultiple", {"Targets": [target]})
    assert len(answer.json["Ids"]) == 1


def test_changes_of_the_new_table_are_tracked(installed: Any) -> None:
    link = installed.get("nav_ledgers?$select=nav_name", prefer="odata.track-changes").json["@odata.deltaLink"]
    key = installed.create("nav_ledgers", nav_name="A")

    assert [row["nav_ledgerid"] for row in installed.get(link).value] == [key]


def test_a_relationship_says_what_a_delete_does(installed: Any) -> None:
    account = installed.create("accounts", name="A")
    installed.create("nav_ledgers", nav_name="L", nav_AccountId__bind=f"/accounts({account})")

    assert installed.delete(f"accounts({account})").status == 204
    assert installed.get("nav_ledgers").value == []


# ── roles ───────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_role_exists_in_every_business_unit(admin: Any) -> None:
    root = admin.get("businessunits").value[0]["businessunitid"]
    before = admin.create("businessunits", name="Before", parentbusinessunitid__bind=f"/businessunits({root})")
    bring(admin, package())
    after = admin.create("businessunits", name="After", parentbusinessunitid__bind=f"/businessunits({root})")

    copies = admin.get("roles?$filter=name eq 'Ledger User'").value

    assert {row["_businessunitid_value"] for row in copies} == {root, before, after}
    assert {row["_parentrootroleid_value"] for row in copies} == {packages.ROLE}
    assert admin.get(f"roles({packages.ROLE})").json["_businessunitid_value"] == root


def test_a_role_gives_its_privileges_at_their_depth(installed: Any) -> None:
    peter = installed.get("systemusers?$filter=firstname eq 'Peter'").value[0]["systemuserid"]
    address = f"https://127.0.0.1:8443/api/data/v9.2/roles({packages.ROLE})"
    installed.post(f"systemusers({peter})/systemuserroles_association/$ref", {"@odata.id": address})

    found = installed.get(f"systemusers({peter})/Microsoft.Dynamics.CRM.RetrieveUserPrivileges").json["RolePrivileges"]

    depths = {row["PrivilegeName"]: row["Depth"] for row in found}
    assert depths["prvReadnav_Ledger"] == "Basic"
    assert "prvDeletenav_Ledger" not in depths


# ── jobs and progress ───────────────────────────────────────────────────────────────────────────────────────────────────


def test_an_import_in_the_background_goes_on_by_the_clock(admin: Any) -> None:
    answer = admin.post("ImportSolutionAsync", parameters(package())).json
    operation, job = f"asyncoperations({answer['AsyncOperationId']})", f"importjobs({answer['ImportJobKey']})"
    seen, progress = [], []

    assert admin.get(job).status == 404
    for _ in range(40):
        row = admin.get(operation).json
        seen.append((row["statecode"], row["statuscode"]))
        if (held := admin.get(job)).status == 200:
            progress.append(held.json["progress"])
        wait(admin, 0.1)

    assert list(dict.fromkeys(seen)) == [(0, 0), (2, 20), (3, 30)]
    assert progress == sorted(progress)
    assert 0 < progress[1] < 100
    assert progress[-1] == 100
    result = admin.get(f"RetrieveSolutionImportResult(ImportJobId={answer['ImportJobKey']})").json
    assert result["SolutionOperationResult"]["Status"] == "Passed"


def test_an_import_answers_when_it_is_done(admin: Any) -> None:
    answer = admin.post("ImportSolution", parameters(package(), ImportJobId=JOB))
    before = admin.get("EntityDefinitions(LogicalName='nav_ledger')").status
    under_way = admin.get(f"importjobs({JOB})").json
    wait(admin)

    assert (answer.status, before) == (204, 404)
    assert under_way["completedon"] is None
    assert admin.get("EntityDefinitions(LogicalName='nav_ledger')").status == 200
    assert admin.get(f"importjobs({JOB})").json["completedon"] is not None


def test_the_result_of_an_import_lists_its_components(installed: Any) -> None:
    row = installed.get("importjobs?$orderby=createdon desc").value[0]

    root = fromstring(row["data"])

    assert root.get("progress") == "100"
    assert root.find("solutionManifests/solutionManifest/result").get("result") == "success"  # type: ignore[union-attr]
    assert [each.get("id") for each in root.iterfind("entities/entity")] == ["nav_Ledger", "Account"]
    assert {each.get("result") for each in root.iter("result")} == {"success"}


def test_one_import_at_a_time(admin: Any) -> None:
    publisher = admin.get("publishers").value[0]["publisherid"]
    named = {"uniquename": "Mine", "friendlyname": "Mine", "version": "1.0.0.0"}
    mine = admin.create("solutions", publisherid__bind=f"/publishers({publisher})", **named)
    assert admin.post("ImportSolutionAsync", parameters(package())).status == 200

    second = admin.post("ImportSolution", parameters(package(), ImportJobId=JOB))
    removal = admin.delete(f"solutions({mine})")

    assert (second.status, second.code) == (400, "0x80071151")
    assert (removal.status, removal.code) == (400, "0x80071151")
    wait(admin)
    assert admin.post("ImportSolution", parameters(package(), ImportJobId=JOB)).status == 204


def test_the_id_of_an_import_job_is_used_once(admin: Any) -> None:
    admin.post("ImportSolution", parameters(package(), ImportJobId=JOB))
    wait(admin)

    assert admin.post("ImportSolution", parameters(package(), ImportJobId=JOB)).code == "0x80071155"
    assert admin.get(f"RetrieveSolutionImportResult(ImportJobId={uuid.uuid4()})").code == "0x80044252"


def test_an_import_that_fails_half_way_leaves_nothing(admin: Any) -> None:
    admin.app.faults.load([{"id": "f", "path": "ImportSolution", "do": {"reject_row": "solutionname=NavLedger"}}])
    operation = bring(admin, package())
    job = admin.get("importjobs").value[0]

    assert (operation["statecode"], operation["statuscode"]) == (3, 31)
    assert operation["errorcode"] == 0x80048033 - 2**32
    assert 0 < job["progress"] < 100
    assert fromstring(job["data"]).find(".//result[@result='failure']") is not None
    assert admin.get("EntityDefinitions(LogicalName='nav_ledger')").status == 404
    assert admin.app.faults.report() == [{"id": "f", "fired": 1}]
    result = admin.get(f"RetrieveSolutionImportResult(ImportJobId={job['importjobid']})").json[
        "SolutionOperationResult"
    ]
    assert result["Status"] == "Failed"
    assert result["ErrorMessages"]


# ── versions and modes ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_newer_version_updates(installed: Any) -> None:
    installed.create("nav_ledgers", nav_name="Kept")
    more = packages.LEDGER.replace("<attributes>", "<attributes>" + packages.attribute("nav_Extra", "nvarchar"))

    bring(installed, package(solution(version="1.10.0.0"), customizations(more + packages.ACCOUNT)))

    row = installed.get("solutions?$filter=uniquename eq 'NavLedger'").value
    assert [each["version"] for each in row] == ["1.10.0.0"]
    assert installed.get("nav_ledgers?$select=nav_name,nav_extra").value[0]["nav_name"] == "Kept"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"version": "0.9.9.9"}, "0x80048038"),
        ({"managed": False}, "0x80048041"),
        ({"publisher": "somebody"}, "0x8004801c"),
    ],
    ids=str,
)
def test_what_does_not_fit_the_installed_solution_is_refused(installed: Any, change: Any, code: str) -> None:
    answer = installed.post("ImportSolution", parameters(package(solution(**change)), ImportJobId=JOB))

    assert (answer.status, answer.code) == (400, code)
    result = fromstring(installed.get(f"importjobs({JOB})").json["data"]).find(".//result")
    assert result is not None
    assert result.get("errorcode", "").lower() == code


def test_a_managed_package_does_not_go_over_an_unmanaged_solution(admin: Any) -> None:
    bring(admin, package(solution(managed=False)))

    assert admin.post("ImportSolution", parameters(package(), ImportJobId=JOB)).code == "0x80048040"


def test_an_upgrade_takes_away_what_the_new_version_lacks(installed: Any) -> None:
    less = packages.ACCOUNT.replace("nav_CustomerNo", "nav_Number").replace("nav_customerno", "nav_number")
    file = package(solution(version="2.0.0.0"), customizations(packages.LEDGER + less))

    assert bring(installed, file, HoldingSolution=True)["statuscode"] == 30
    names = {row["uniquename"] for row in installed.get("solutions").value}
    assert {"NavLedger", "NavLedger_Upgrade"} <= names
    answer = installed.post("DeleteAndPromoteAsync", {"UniqueName": "NavLedger"}).json
    wait(installed)

    assert installed.get(f"asyncoperations({answer['AsyncOperationId']})").json["statuscode"] == 30
    row = installed.get("solutions?$filter=startswith(uniquename,'NavLedger')").value
    assert [(each["uniquename"], each["version"]) for each in row] == [("NavLedger", "2.0.0.0")]
    assert installed.get("accounts?$select=nav_number").status == 200
    assert installed.get("accounts?$select=nav_customerno").code == "0x80060888"


def test_deleting_a_managed_solution_takes_everything_away(installed: Any) -> None:
    key = installed.create("accounts", name="A", nav_customerno="C1")
    found = installed.get("solutions?$filter=uniquename eq 'NavLedger'").value[0]["solutionid"]

    assert installed.delete(f"solutions({found})").status == 204

    assert installed.get("solutions?$filter=uniquename eq 'NavLedger'").value == []
    assert installed.get("nav_ledgers").status == 404
    assert installed.get("EntityDefinitions(LogicalName='nav_ledger')").status == 404
    assert installed.get(f"accounts({key})?$select=nav_customerno").code == "0x80060888"
    assert installed.get(f"accounts({key})").json["name"] == "A"
    assert installed.get("EntityDefinitions(LogicalName='account')/Keys").value == []
    assert installed.get(f"roles({packages.ROLE})").status == 404
    assert installed.get(f"systemforms({packages.FORM})").status == 404
    assert bring(installed, package())["statuscode"] == 30


def test_deleting_an_unmanaged_solution_leaves_its_components(admin: Any) -> None:
    bring(admin, package(solution(managed=False)))
    found = admin.get("solutions?$filter=uniquename eq 'NavLedger'").value[0]["solutionid"]

    assert admin.delete(f"solutions({found})").status == 204
    assert admin.get("nav_ledgers").status == 200


def test_reset_takes_what_was_imported_away(installed: Any) -> None:
    installed.app.reset_data()

    assert installed.get("EntityDefinitions(LogicalName='nav_ledger')").status == 404
    assert installed.get("accounts?$select=nav_customerno").code == "0x80060888"


# ── what is refused ─────────────────────────────────────────────────────────────────────────────────────────────────────

BOMB = '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><ImportExportXml>&b;</ImportExportXml>'
OUTSIDE = '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><ImportExportXml>&a;</ImportExportXml>'
NEEDED = (
    '<MissingDependency><Required key="1" type="1" schemaName="msdyn_workorder" displayName="Work Order" '
    'solution="FieldService" /><Dependent key="1" type="2" schemaName="nav_x" /></MissingDependency>'
)


@pytest.mark.parametrize(
    ("file", "code"),
    [
        ("!", "0x80048d19"),
        ("aGVsbG8=", "0x80048000"),
        (package(without="solution.xml"), "0x80048000"),
        (package(without="customizations.xml"), "0x80048000"),
        (package(without="[Content_Types].xml"), "0x80048000"),
        (package("<ImportExportXml>"), "0x80048013"),
        (package(content=BOMB), "0x80048013"),
        (package(content=OUTSIDE), "0x80048013"),
        (package("<Other />"), "0x8004802c"),
        (package("<ImportExportXml />"), "0x8004802c"),
        (package(solution(version="one")), "0x8004802c"),
        (package(solution(prefix="x")), "0x8004802c"),
        (package(solution(prefix="mscrmx")), "0x8004802c"),
        (package(solution(prefix="abc")), "0x8004802c"),
        (package(solution(name="Default")), "0x80048046"),
        (package(solution(missing=NEEDED)), "0x8004801d"),
        (package(content=customizations(relationships="")), "0x8004801d"),
        (
            package(
                content=customizations(relationships=relationship("nav_r", "nav_None", "nav_Ledger", "nav_accountid"))
            ),
            "0x8004801d",
        ),
        (package(content=customizations(option_sets="")), "0x8004801f"),
        (package(solution(roots=packages.ROOTS.replace("nav_ledger", "nav_other"))), "0x8004801f"),
        (package(solution(roots='<RootComponent type="1" schemaName="account" />')), "0x8004803a"),
        (package(content=customizations(roles=role({"prvReadNothingAtAll": "Global"}))), "0x80048058"),
        (package(content=customizations(roles=role({"prvReadAccount": "Everywhere"}))), "0x8004802c"),
        (package(content=customizations(roles=role({}, name="System Administrator"))), "0x80048017"),
        (package(content=customizations().replace("<Type>money", "<Type>gold")), "0x8004802c"),
        (
            package(content=customizations().replace("<Workflows />", "<Workflows><Workflow /></Workflows>")),
            "0x8004802c",
        ),
        (package(content=customizations().replace("PrimaryName|", "")), "0x8004802c"),
    ],
)
def test_a_package_that_is_not_right_is_refused(admin: Any, file: str, code: str) -> None:
    answer = admin.post("ImportSolution", parameters(file, ImportJobId=JOB))

    assert (answer.status, answer.code) == (400, code)
    assert set(answer.json["error"]) == {"code", "message"}
    assert admin.get("EntityDefinitions(LogicalName='nav_ledger')").status == 404


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"ImportJobId": None}, "0x80040203"),
        ({"ImportJobId": "one"}, "0x80040203"),
        ({"PublishWorkflows": None}, "0x80040203"),
        ({"CustomizationFile": None}, "0x80040203"),
        ({"Customisation": "x"}, "0x80048d19"),
        ({"CustomizationFile": None, "SolutionParameters": {"StageSolutionUploadId": JOB}}, "0x80040217"),
    ],
    ids=str,
)
def test_the_parameters_of_an_import_are_checked(admin: Any, change: Any, code: str) -> None:
    assert admin.post("ImportSolution", {**parameters(package(), ImportJobId=JOB), **change}).code == code


def test_importing_needs_its_privilege(crm: Any, admin: Any) -> None:
    for name in ("ImportSolution", "ImportSolutionAsync", "StageSolution"):
        answer = crm.post(name, parameters(package(), ImportJobId=JOB))
        assert (answer.status, answer.code) == (403, "0x80040220")
        assert "prvImportCustomization" in answer.json["error"]["message"]


def test_a_file_is_staged_and_then_imported(admin: Any) -> None:
    staged = admin.post("StageSolution", {"CustomizationFile": package()}).json["StageSolutionResults"]
    wrong = admin.post("StageSolution", {"CustomizationFile": package(solution(missing=NEEDED))}).json

    operation = bring(admin, "", SolutionParameters={"StageSolutionUploadId": staged["StageSolutionUploadId"]})

    assert staged["StageSolutionStatus"] == "Passed"
    assert staged["SolutionDetails"]["SolutionVersion"] == "1.0.0.0"
    assert operation["statuscode"] == 30
    assert wrong["StageSolutionResults"]["StageSolutionStatus"] == "Failed"
    missing = wrong["StageSolutionResults"]["MissingDependencies"][0]
    assert missing["RequiredComponentSchemaName"] == "msdyn_workorder"


def test_exporting_is_not_supported(admin: Any) -> None:
    assert admin.post("ExportSolution", {"SolutionName": "NavLedger", "Managed": True}).status == 501


def test_a_solution_that_another_one_builds_on_stays(installed: Any) -> None:
    child = packages.entity(
        "nav_Child",
        packages.attribute("nav_Childid", "primarykey")
        + packages.attribute("nav_title", "nvarchar", mask="PrimaryName")
        + packages.attribute("nav_LedgerId", "lookup"),
        more="<OwnershipTypeMask>OrgOwned</OwnershipTypeMask>",
    )
    relation = relationship("nav_ledger_child", "nav_Ledger", "nav_Child", "nav_ledgerid")
    roots = '<RootComponent type="1" schemaName="nav_child" />'
    file = package(solution(name="NavChild", roots=roots), customizations(child, relation, "", ""))
    assert bring(installed, file)["statuscode"] == 30
    ids = {row["uniquename"]: row["solutionid"] for row in installed.get("solutions").value}

    refused = installed.delete(f"solutions({ids['NavLedger']})")

    assert (refused.status, refused.code) == (400, "0x8004f01f")
    assert installed.get("nav_ledgers").status == 200
    assert installed.delete(f"solutions({ids['NavChild']})").status == 204
    assert installed.get("nav_childs").status == 404
    assert installed.delete(f"solutions({ids['NavLedger']})").status == 204

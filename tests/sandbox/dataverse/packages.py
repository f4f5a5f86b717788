"""Builds solution packages for the tests, in the form of Microsoft's schemas."""

from __future__ import annotations

import base64
import io
import zipfile
from typing import Any

CONTENT_TYPES = (
    '<?xml version="1.0" encoding="utf-8"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="xml" ContentType="application/octet-stream" /></Types>'
)
ROLE = "5c1f0d3e-8a11-4b61-9d53-0c7a3b1f2e10"
FORM = "8e0c2a71-0d2b-4b44-8f6a-7f1d30b6c501"
VIEW = "f4a5f9f2-7a0e-4d35-9a52-0b1c7e1f9c02"

OPTIONS = (
    '<option value="100000000"><labels><label description="Gold" languagecode="1033" /></labels></option>'
    '<option value="100000001"><labels><label description="Silver" languagecode="1033" /></labels></option>'
)


def attribute(name: str, kind: str, more: str = "", *, mask: str = "ValidForForm", label: str = "") -> str:
    """One column."""
    return (
        f'<attribute PhysicalName="{name}"><Type>{kind}</Type><Name>{name.lower()}</Name>'
        f"<LogicalName>{name.lower()}</LogicalName><RequiredLevel>none</RequiredLevel><DisplayMask>{mask}</DisplayMask>"
        f'<IsCustomField>1</IsCustomField><displaynames><displayname description="{label or name}" languagecode="1033" />'
        f"</displaynames>{more}</attribute>"
    )


def entity(
    name: str, attributes: str, *, keys: str = "", forms: str = "", label: str = "", more: str = "", code: int = 10001
) -> str:
    """One table."""
    shown = label or name
    return (
        f'<Entity><Name LocalizedName="{shown}" OriginalName="{shown}">{name}</Name>'
        f"<ObjectTypeCode>{code}</ObjectTypeCode>"
        f'<EntityInfo><entity Name="{name}"><LocalizedNames><LocalizedName description="{shown}" languagecode="1033" />'
        f"</LocalizedNames>{more}{keys}<attributes>{attributes}</attributes></entity></EntityInfo>{forms}</Entity>"
    )


def key(name: str, *columns: str) -> str:
    """One alternate key."""
    names = "".join(f"<AttributeName>{column}</AttributeName>" for column in columns)
    return (
        f"<EntityKey><Name>{name}</Name><LogicalName>{name.lower()}</LogicalName>"
        f"<EntityKeyAttributes>{names}</EntityKeyAttributes></EntityKey>"
    )


def relationship(name: str, parent: str, child: str, column: str, cascade: str = "RemoveLink") -> str:
    """A relationship one to many."""
    return (
        f'<EntityRelationship Name="{name}"><EntityRelationshipType>OneToMany</EntityRelationshipType>'
        f"<ReferencingEntityName>{child}</ReferencingEntityName><ReferencedEntityName>{parent}</ReferencedEntityName>"
        f"<CascadeDelete>{cascade}</CascadeDelete><ReferencingAttributeName>{column}</ReferencingAttributeName>"
        "</EntityRelationship>"
    )


def role(privileges: dict[str, str], *, id: str = ROLE, name: str = "Ledger User") -> str:
    """A security role."""
    lines = "".join(f'<RolePrivilege name="{each}" level="{level}" />' for each, level in privileges.items())
    return f'<Role id="{{{id}}}" name="{name}"><RolePrivileges>{lines}</RolePrivileges></Role>'


LEDGER = entity(
    "nav_Ledger",
    attribute("nav_Ledgerid", "primarykey", mask="ValidForAdvancedFind")
    + attribute("nav_name", "nvarchar", "<MaxLength>80</MaxLength>", mask="PrimaryName|ValidForForm", label="Name")
    + attribute("nav_Note", "ntext", "<MaxLength>500</MaxLength>")
    + attribute("nav_Days", "int", "<MinValue>0</MinValue><MaxValue>365</MaxValue>")
    + attribute("nav_Rate", "decimal", "<MinValue>-10</MinValue><MaxValue>10</MaxValue><Accuracy>3</Accuracy>")
    + attribute("nav_Balance", "money", "<MinValue>-1000000</MinValue><MaxValue>1000000</MaxValue>")
    + attribute(
        "nav_Open",
        "bit",
        "<optionset Name='nav_ledger_open'><OptionSetType>bit</OptionSetType><options>"
        '<option value="1"><labels><label description="Open" languagecode="1033" /></labels></option>'
        '<option value="0"><labels><label description="Closed" languagecode="1033" /></labels></option>'
        "</options></optionset><AppDefaultValue>1</AppDefaultValue>",
    )
    + attribute("nav_Due", "datetime", "<Format>date</Format><Behavior>2</Behavior>")
    + attribute("nav_SeenOn", "datetime", "<Format>datetime</Format><Behavior>1</Behavior>")
    + attribute(
        "nav_Kind",
        "picklist",
        f"<optionset Name='nav_ledger_kind'><OptionSetType>picklist</OptionSetType><options>{OPTIONS}</options></optionset>",
    )
    + attribute("nav_Grade", "picklist", "<OptionSetName>nav_grade</OptionSetName>")
    + attribute("nav_Tags", "multiselectpicklist", "<OptionSetName>nav_grade</OptionSetName>")
    + attribute("nav_AccountId", "lookup"),
    keys="<EntityKeys>" + key("nav_LedgerName", "nav_name") + "</EntityKeys>",
    label="Ledger",
    more="<OwnershipTypeMask>UserOwned</OwnershipTypeMask><ChangeTrackingEnabled>1</ChangeTrackingEnabled>",
    forms=(
        f'<FormXml><forms type="main"><systemform><formid>{{{FORM}}}</formid><form><tabs /></form><LocalizedNames>'
        '<LocalizedName description="Information" languagecode="1033" /></LocalizedNames></systemform></forms></FormXml>'
        f"<SavedQueries><savedqueries><savedquery><savedqueryid>{{{VIEW}}}</savedqueryid><isdefault>1</isdefault>"
        '<fetchxml><fetch version="1.0"><entity name="nav_ledger" /></fetch></fetchxml><LocalizedNames>'
        '<LocalizedName description="Active Ledgers" languagecode="1033" /></LocalizedNames></savedquery></savedqueries>'
        "</SavedQueries>"
    ),
)
ACCOUNT = entity(
    "Account",
    attribute("nav_CustomerNo", "nvarchar", "<MaxLength>20</MaxLength>", label="Customer No."),
    keys="<EntityKeys>" + key("nav_customerno", "nav_customerno") + "</EntityKeys>",
    code=1,
)
GRADES = (
    '<optionset Name="nav_grade" localizedName="Grade"><OptionSetType>picklist</OptionSetType><IsGlobal>1</IsGlobal>'
    f"<options>{OPTIONS}</options></optionset>"
)
PRIVILEGES = {
    "prvReadAccount": "Global",
    "prvWriteAccount": "Local",
    "prvReadnav_Ledger": "Basic",
    "prvCreatenav_Ledger": "Global",
}


def customizations(
    entities: str = LEDGER + ACCOUNT,
    relationships: str | None = None,
    option_sets: str = GRADES,
    roles: str | None = None,
) -> str:
    """`customizations.xml`."""
    relations = relationship("nav_account_ledger", "Account", "nav_Ledger", "nav_accountid", "Cascade")
    return (
        '<ImportExportXml xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
        f"<Entities>{entities}</Entities><Roles>{role(PRIVILEGES) if roles is None else roles}</Roles><Workflows />"
        f"<EntityRelationships>{relations if relationships is None else relationships}</EntityRelationships>"
        f"<optionsets>{option_sets}</optionsets><Languages><Language>1033</Language></Languages></ImportExportXml>"
    )


ROOTS = (
    '<RootComponent type="1" schemaName="nav_ledger" behavior="0" /><RootComponent type="1" schemaName="account" '
    f'behavior="2" /><RootComponent type="9" schemaName="nav_grade" behavior="0" /><RootComponent type="20" '
    f'id="{{{ROLE}}}" behavior="0" />'
)


def solution(
    *,
    name: str = "NavLedger",
    version: str = "1.0.0.0",
    managed: bool = True,
    prefix: str = "nav",
    publisher: str = "navpublisher",
    roots: str = ROOTS,
    missing: str = "",
) -> str:
    """`solution.xml`."""
    return (
        '<ImportExportXml version="9.2.0.0" SolutionPackageVersion="9.2" languagecode="1033"><SolutionManifest>'
        f"<UniqueName>{name}</UniqueName><LocalizedNames>"
        '<LocalizedName description="Ledger of NAV" languagecode="1033" /></LocalizedNames><Descriptions />'
        f"<Version>{version}</Version><Managed>{int(managed)}</Managed><Publisher><UniqueName>{publisher}</UniqueName>"
        '<LocalizedNames><LocalizedName description="NAV" languagecode="1033" /></LocalizedNames>'
        f"<CustomizationPrefix>{prefix}</CustomizationPrefix>"
        "<CustomizationOptionValuePrefix>10000</CustomizationOptionValuePrefix></Publisher>"
        f"<RootComponents>{roots}</RootComponents><MissingDependencies>{missing}</MissingDependencies>"
        "</SolutionManifest></ImportExportXml>"
    )


def package(manifest: str | None = None, content: str | None = None, *, without: str = "", **files: str) -> str:
    """The package as base64."""
    parts = {
        "solution.xml": solution() if manifest is None else manifest,
        "customizations.xml": customizations() if content is None else content,
        "[Content_Types].xml": CONTENT_TYPES,
        **files,
    }
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            if name != without:
                archive.writestr(name, text)
    return base64.b64encode(stream.getvalue()).decode()


def parameters(file: str, **more: Any) -> dict[str, Any]:
    """The parameters every import needs."""
    return {"OverwriteUnmanagedCustomizations": True, "PublishWorkflows": False, "CustomizationFile": file, **more}

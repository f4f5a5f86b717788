"""`$metadata` (EDMX 4.0 and, for Business Central, CSDL JSON) and the service document."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final
from xml.sax.saxutils import quoteattr

from sandbox.nav.schema import EDM, Field, Page
from sandbox.nav.tables import TABLES
from sandbox.nav.view import PageView

_CAPABILITIES: Final = "Org.OData.Capabilities.V1"
_RESTRICTIONS: Final = (
    ("InsertRestrictions", "Insertable", "insert"),
    ("UpdateRestrictions", "Updatable", "modify"),
    ("DeleteRestrictions", "Deletable", "delete"),
)
_HEAD: Final = (
    '<?xml version="1.0" encoding="utf-8"?>'
    '<edmx:Edmx Version="4.0" xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx"><edmx:DataServices>'
    '<Schema Namespace="NAV" xmlns="http://docs.oasis-open.org/odata/ns/edm">'
)


def service_document(context: str, names: Iterable[str]) -> dict[str, Any]:
    """The list of entity sets."""
    sets = [{"name": name, "kind": "EntitySet", "url": name} for name in names]
    return {"@odata.context": context, "value": sets}


def xml(views: Mapping[str, PageView]) -> str:
    """The whole document."""
    parts = [_HEAD, _COMPANY_TYPE, *(_entity_type(view, views) for view in views.values())]
    parts.append('<EntityContainer Name="NAV"><EntitySet Name="Company" EntityType="NAV.Company"/>')
    parts += [_entity_set(view.page) for view in views.values()]
    parts.append("</EntityContainer></Schema></edmx:DataServices></edmx:Edmx>")
    return "".join(parts)


_COMPANY_TYPE: Final = (
    '<EntityType Name="Company"><Key><PropertyRef Name="Name"/></Key>'
    '<Property Name="Name" Type="Edm.String" Nullable="false" MaxLength="30"/>'
    '<Property Name="Evaluation_Company" Type="Edm.Boolean"/>'
    '<Property Name="Display_Name" Type="Edm.String" MaxLength="250"/>'
    '<Property Name="Id" Type="Edm.Guid"/></EntityType>'
)


def _entity_type(view: PageView, views: Mapping[str, PageView]) -> str:
    name = view.page.service
    refs = "".join(f"<PropertyRef Name={quoteattr(part)}/>" for part in view.table.key)
    properties = "".join(_property(view, control, field) for control, field in view.fields.items())
    filters = "".join(f'<Property Name="{part}" Type="Edm.String"/>' for part in view.page.flow_filters)
    links = "".join(_navigation(view, views)) + "".join(
        f'<NavigationProperty Name="{part}" Type="Collection(NAV.{service})" ContainsTarget="true"/>'
        for part, service in view.page.parts.items()
    )
    return f'<EntityType Name="{name}"><Key>{refs}</Key>{properties}{filters}{links}</EntityType>'


def _property(view: PageView, control: str, field: Field) -> str:
    key = ' Nullable="false"' if view.page.controls[control] in view.table.key else ""
    length = field.max_length(view.flavour)
    size = f' MaxLength="{length}"' if length else ""
    scale = ' Scale="Variable"' if field.kind == "dec" else ""
    edit = "false" if field.read_only or not view.page.modify else "true"
    new = "false" if field.read_only or not view.page.insert else "true"
    return (
        f'<Property Name="{control}" Type="{EDM[field.kind]}"{key}{size}{scale}>'
        f'<Annotation Term="NAV.NavType"><EnumMember>NAV.NavType/{field.nav_type}</EnumMember></Annotation>'
        f'<Annotation Term="NAV.AllowEdit" Bool="{edit}"/><Annotation Term="NAV.AllowEditOnCreate" Bool="{new}"/>'
        "</Property>"
    )


def _navigation(view: PageView, views: Mapping[str, PageView]) -> Iterable[str]:
    """`Field_Link` to the page a related record is shown on, where that page is published."""
    for control, field in view.fields.items():
        target = _list_page(field.relation, views)
        if target and view.page.editable:
            yield f'<NavigationProperty Name="{control}_Link" Type="Collection(NAV.{target})"/>'


def _list_page(table: str, views: Mapping[str, PageView]) -> str:
    """The first published service of a table with a single key; the list comes before the card."""
    if not table or len(TABLES[table].key) != 1:
        return ""
    return next((name for name, view in views.items() if view.page.table == table), "")


def _entity_set(page: Page) -> str:
    notes = "".join(
        f'<Annotation Term="{_CAPABILITIES}.{term}"><Record><PropertyValue Property="{name}" '
        f'Bool="{str(getattr(page, attribute)).lower()}"/></Record></Annotation>'
        for term, name, attribute in _RESTRICTIONS
    )
    return f'<EntitySet Name="{page.service}" EntityType="NAV.{page.service}">{notes}</EntitySet>'


def csdl_json(views: Mapping[str, PageView]) -> dict[str, Any]:
    """The same as CSDL JSON (Business Central only)."""
    schema: dict[str, Any] = {}
    container: dict[str, Any] = {"$Kind": "EntityContainer"}
    for name, view in views.items():
        schema[name] = _json_type(view)
        container[name] = {"$Collection": True, "$Type": f"NAV.{name}"} | {
            f"@{_CAPABILITIES}.{term}": {member: getattr(view.page, attribute)}
            for term, member, attribute in _RESTRICTIONS
        }
    schema["NAV"] = container
    return {"$Version": "4.0", "$EntityContainer": "NAV.NAV", "NAV": schema}


def _json_type(view: PageView) -> dict[str, Any]:
    shown: dict[str, Any] = {"$Kind": "EntityType", "$Key": list(view.table.key)}
    for control, field in view.fields.items():
        entry: dict[str, Any] = {"$Type": EDM[field.kind]}
        if field.max_length(view.flavour):
            entry["$MaxLength"] = field.max_length(view.flavour)
        if view.page.controls[control] not in view.table.key:
            entry["$Nullable"] = True
        entry["@NAV.AllowEdit"] = not field.read_only and view.page.modify
        shown[control] = entry
    return shown

"""`$metadata` (EDMX 4.0 and, for Business Central, CSDL JSON) and the service document (reference 1.4)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
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
_NAV_TYPES: Final = "Boolean Code Date DateFormula DateTime Decimal Guid Integer Option Text Time".split()


@dataclass(frozen=True)
class Tree:
    """One of the two service trees: its namespace, and whether its types are those of the API."""

    namespace: str
    api: bool


PAGES: Final = Tree("NAV", api=False)
API: Final = Tree("Microsoft.NAV", api=True)


def service_document(context: str, names: Iterable[str]) -> dict[str, Any]:
    """The list of entity sets."""
    sets = [{"name": name, "kind": "EntitySet", "url": name} for name in names]
    return {"@odata.context": context, "value": sets}


def list_page(table: str, pages: Mapping[str, Page]) -> str:
    """The first published service of a table with a single key; the list comes before the card."""
    if not table or len(TABLES[table].key) != 1:
        return ""
    return next((name for name, page in pages.items() if page.table == table), "")


@dataclass(frozen=True)
class _Navigation:
    """A navigation property: where it leads, whether to many, whether its rows are the parent's own."""

    name: str
    target: str
    many: bool
    contained: bool


class Document:
    """The metadata of one tree, from the views of its services."""

    def __init__(self, views: Mapping[str, PageView], tree: Tree = PAGES) -> None:
        self._views = views
        self._tree = tree
        self._pages = {name: view.page for name, view in views.items()}

    # --- EDMX --------------------------------------------------------------------------------------------------------

    def xml(self) -> str:
        """The whole document."""
        head = (
            '<?xml version="1.0" encoding="utf-8"?>'
            '<edmx:Edmx Version="4.0" xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx"><edmx:DataServices>'
            f'<Schema Namespace="{self._tree.namespace}" xmlns="http://docs.oasis-open.org/odata/ns/edm">'
        )
        parts = [head, self._company_type(), *(self._entity_type(view) for view in self._views.values())]
        parts += [self._enums(), *self._actions(), '<EntityContainer Name="NAV">', self._company_set()]
        parts += [self._entity_set(view) for view in self._views.values()]
        parts.append("</EntityContainer></Schema></edmx:DataServices></edmx:Edmx>")
        return "".join(parts)

    def _company_type(self) -> str:
        if not self._tree.api:
            return (
                '<EntityType Name="Company"><Key><PropertyRef Name="Name"/></Key>'
                '<Property Name="Name" Type="Edm.String" Nullable="false" MaxLength="30"/>'
                '<Property Name="Evaluation_Company" Type="Edm.Boolean"/>'
                '<Property Name="Display_Name" Type="Edm.String" MaxLength="250"/>'
                '<Property Name="Id" Type="Edm.Guid"/></EntityType>'
            )
        names = {
            "id": "Guid",
            "systemVersion": "String",
            "timestamp": "Int64",
            "name": "String",
            "displayName": "String",
        }
        names |= {"businessProfileId": "String", "systemCreatedAt": "DateTimeOffset", "systemCreatedBy": "Guid"}
        names |= {"systemModifiedAt": "DateTimeOffset", "systemModifiedBy": "Guid"}
        shown = "".join(
            f'<Property Name="{name}" Type="Edm.{kind}"{" Nullable=" + quoteattr("false") if name == "id" else ""}/>'
            for name, kind in names.items()
        )
        sets = "".join(
            f'<NavigationProperty Name="{name}" Type="Collection({self._type(name)})" ContainsTarget="true"/>'
            for name in self._views
        )
        return f'<EntityType Name="company"><Key><PropertyRef Name="id"/></Key>{shown}{sets}</EntityType>'

    def _company_set(self) -> str:
        if self._tree.api:
            return f'<EntitySet Name="companies" EntityType="{self._tree.namespace}.company"/>'
        return '<EntitySet Name="Company" EntityType="NAV.Company"/>'

    def _enums(self) -> str:
        """What the annotations name."""
        members = "".join(f'<Member Name="{name}"/>' for name in _NAV_TYPES)
        terms = (("NavType", "NAV.NavType"), ("AllowEdit", "Edm.Boolean"), ("AllowEditOnCreate", "Edm.Boolean"))
        shown = "".join(f'<Term Name="{name}" Type="{kind}" AppliesTo="Property"/>' for name, kind in terms)
        if self._tree.api:
            return ""
        return f'<EnumType Name="NavType">{members}</EnumType>{shown}<Term Name="LabelId" Type="Edm.String"/>'

    def _actions(self) -> Iterable[str]:
        for view in self._views.values():
            for name in view.page.actions:
                bound = f'<Parameter Name="bindingParameter" Type="{self._type(view.page.service)}"/>'
                yield f'<Action Name="{name}" IsBound="true">{bound}</Action>'

    def _type(self, service: str) -> str:
        page = self._pages[service]
        return f"{self._tree.namespace}.{page.singular or page.service}"

    def _entity_type(self, view: PageView) -> str:
        keys = self._keys(view)
        refs = "".join(f"<PropertyRef Name={quoteattr(part)}/>" for part in keys)
        properties = "".join(self._property(view, name, field, keys) for name, field in view.fields.items())
        filters = "".join(f'<Property Name="{part}" Type="Edm.String"/>' for part in view.page.flow_filters)
        links = "".join(_navigation_xml(found, self._type(found.target)) for found in self._navigations(view))
        name = view.page.singular or view.page.service
        label = "" if self._tree.api else _label(f"Page {view.page.number}")
        return f'<EntityType Name="{name}"><Key>{refs}</Key>{properties}{filters}{links}{label}</EntityType>'

    def _keys(self, view: PageView) -> tuple[str, ...]:
        return ("id",) if self._tree.api else view.table.key

    def _property(self, view: PageView, control: str, field: Field, keys: tuple[str, ...]) -> str:
        stored = control if self._tree.api else view.page.controls[control]
        key = ' Nullable="false"' if stored in keys else ""
        length = field.max_length(view.flavour) if EDM[field.kind] == "Edm.String" else 0
        size = f' MaxLength="{length}"' if length else ""
        scale = ' Scale="Variable"' if field.kind == "dec" else ""
        opening = f'<Property Name="{control}" Type="{EDM[field.kind]}"{key}{size}{scale}'
        if self._tree.api:
            return f"{opening}/>"
        edit = "false" if field.read_only or not view.page.modify else "true"
        new = "false" if field.read_only or not view.page.insert else "true"
        return (
            f'{opening}><Annotation Term="NAV.NavType"><EnumMember>NAV.NavType/{field.nav_type}</EnumMember></Annotation>'
            f'<Annotation Term="NAV.AllowEdit" Bool="{edit}"/><Annotation Term="NAV.AllowEditOnCreate" Bool="{new}"/>'
            f"{_label(f'Page {view.page.number} - Control {control}')}</Property>"
        )

    def _navigations(self, view: PageView) -> Iterable[_Navigation]:
        for part, service in view.page.parts.items():
            if service in self._pages:
                yield _Navigation(part, service, many=True, contained=True)
        for name, (service, _) in view.page.links.items():
            yield _Navigation(name, service, many=False, contained=False)
        if not self._tree.api and view.page.editable:
            for control, field in view.fields.items():
                target = list_page(field.relation, self._pages)
                if target:
                    yield _Navigation(f"{control}_Link", target, many=True, contained=False)

    def _entity_set(self, view: PageView) -> str:
        page = view.page
        notes = "".join(
            f'<Annotation Term="{_CAPABILITIES}.{term}"><Record><PropertyValue Property="{name}" '
            f'Bool="{str(getattr(page, attribute)).lower()}"/></Record></Annotation>'
            for term, name, attribute in _RESTRICTIONS
        )
        bindings = "".join(
            f'<NavigationPropertyBinding Path="{found.name}" Target="{found.target}"/>'
            for found in self._navigations(view)
            if not found.contained
        )
        return f'<EntitySet Name="{page.service}" EntityType="{self._type(page.service)}">{bindings}{notes}</EntitySet>'

    # --- CSDL JSON ---------------------------------------------------------------------------------------------------

    def json(self) -> dict[str, Any]:
        """The same as CSDL JSON (Business Central only)."""
        namespace = self._tree.namespace
        company = "company" if self._tree.api else "Company"
        schema: dict[str, Any] = {company: self._json_company()}
        container: dict[str, Any] = {"$Kind": "EntityContainer"}
        container["companies" if self._tree.api else "Company"] = {
            "$Collection": True,
            "$Type": f"{namespace}.{company}",
        }
        for name, view in self._views.items():
            schema[view.page.singular or name] = self._json_type(view)
            container[name] = {"$Collection": True, "$Type": self._type(name)} | {
                f"@{_CAPABILITIES}.{term}": {member: getattr(view.page, attribute)}
                for term, member, attribute in _RESTRICTIONS
            }
        schema["NAV"] = container
        return {"$Version": "4.0", "$EntityContainer": f"{namespace}.NAV", namespace: schema}

    def _json_company(self) -> dict[str, Any]:
        if self._tree.api:
            names = {"id": "Edm.Guid", "name": "Edm.String", "displayName": "Edm.String", "systemVersion": "Edm.String"}
            return {"$Kind": "EntityType", "$Key": ["id"]} | {name: {"$Type": kind} for name, kind in names.items()}
        return {
            "$Kind": "EntityType",
            "$Key": ["Name"],
            "Name": {"$Type": "Edm.String", "$MaxLength": 30},
            "Evaluation_Company": {"$Type": "Edm.Boolean", "$Nullable": True},
            "Display_Name": {"$Type": "Edm.String", "$MaxLength": 250, "$Nullable": True},
            "Id": {"$Type": "Edm.Guid", "$Nullable": True},
        }

    def _json_type(self, view: PageView) -> dict[str, Any]:
        keys = self._keys(view)
        shown: dict[str, Any] = {"$Kind": "EntityType", "$Key": list(keys)}
        for control, field in view.fields.items():
            entry: dict[str, Any] = {"$Type": EDM[field.kind]}
            if EDM[field.kind] == "Edm.String" and field.max_length(view.flavour):
                entry["$MaxLength"] = field.max_length(view.flavour)
            if (control if self._tree.api else view.page.controls[control]) not in keys:
                entry["$Nullable"] = True
            entry["@NAV.AllowEdit"] = not field.read_only and view.page.modify
            shown[control] = entry
        for name in view.page.flow_filters:
            shown[name] = {"$Type": "Edm.String", "$Nullable": True, "@NAV.AllowEdit": False}
        for found in self._navigations(view):
            link: dict[str, Any] = {"$Kind": "NavigationProperty", "$Type": self._type(found.target)}
            link |= {"$Collection": True} if found.many else {"$Nullable": True}
            shown[found.name] = link | ({"$ContainsTarget": True} if found.contained else {})
        return shown


def _navigation_xml(found: _Navigation, target: str) -> str:
    kind = f"Collection({target})" if found.many else target
    contained = ' ContainsTarget="true"' if found.contained else ""
    return f'<NavigationProperty Name="{found.name}" Type="{kind}"{contained}/>'


def _label(text: str) -> str:
    return f'<Annotation Term="NAV.LabelId" String={quoteattr(text)}/>'

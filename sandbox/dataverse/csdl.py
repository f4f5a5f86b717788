"""`$metadata`: all tables with their keys, properties and navigation properties, and the operations, as CSDL.

Source: OData 4.0 CSDL; learn.microsoft.com, "Web API types and operations". The types of metadata itself
(`EntityMetadata` and its kin) are only named, as entity sets have to be.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from xml.etree.ElementTree import Element, SubElement, tostring

from sandbox.common.wire import Response
from sandbox.dataverse import errors
from sandbox.dataverse.call import Call
from sandbox.dataverse.relations import collections_of, links_of
from sandbox.dataverse.schema import LOOKUP_TYPES, Column, Table
from sandbox.dataverse.scope import shares_nav
from sandbox.dataverse.values import EDM_TYPES

NAMESPACE, ALIAS = "Microsoft.Dynamics.CRM", "mscrm"
EDMX = "http://docs.oasis-open.org/odata/ns/edmx"
EDM = "http://docs.oasis-open.org/odata/ns/edm"
TRACKING = "Org.OData.Capabilities.V1.ChangeTracking"
BASE, PRINCIPAL = "crmbaseentity", "principal"
SCALE = {"Decimal": 10, "Money": 4}
BULK = {"CreateMultiple": "mscrm.CreateMultipleResponse", "UpdateMultiple": "", "UpsertMultiple": ""}
FUNCTIONS: Mapping[str, tuple[tuple[str, str], ...]] = {
    "WhoAmI": (("BusinessUnitId", "Edm.Guid"), ("UserId", "Edm.Guid"), ("OrganizationId", "Edm.Guid")),
    "RetrieveVersion": (("Version", "Edm.String"),),
    "RetrieveAvailableLanguages": (("LocaleIds", "Collection(Edm.Int32)"),),
}
"""Functions without parameters, with the properties of their answers."""


def answer(call: Call, verb: str, raw: Mapping[str, str]) -> Response:
    """Answer GET of `$metadata`; `annotations=true` adds which sets track changes. Raises: ServiceError 405."""
    if verb != "GET":
        raise errors.ServiceError(405, "0x80060888", f"The verb {verb} is not allowed on $metadata.")
    text = tostring(document(call, annotated=raw.get("annotations") == "true"), encoding="utf-8", xml_declaration=True)
    return Response(200, {"content-type": "application/xml"}, text)


def document(call: Call, *, annotated: bool) -> Element:
    """The whole document."""
    root = Element("edmx:Edmx", {"Version": "4.0", "xmlns:edmx": EDMX})
    schema = SubElement(
        SubElement(root, "edmx:DataServices"), "Schema", {"Namespace": NAMESPACE, "Alias": ALIAS, "xmlns": EDM}
    )
    SubElement(schema, "EntityType", Name=BASE, Abstract="true")
    principal = SubElement(schema, "EntityType", Name=PRINCIPAL, BaseType=f"{ALIAS}.{BASE}")
    _key(principal, "ownerid")
    SubElement(principal, "Property", Name="ownerid", Type="Edm.Guid")
    tables = [call.table(name) for name in call.store.tables]
    for table in tables:
        _entity(call, schema, table)
    _operations(schema, tables)
    _container(call, schema, tables, annotated)
    return root


def _key(parent: Element, name: str) -> None:
    SubElement(SubElement(parent, "Key"), "PropertyRef", Name=name)


# ── tables ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _entity(call: Call, schema: Element, table: Table) -> None:
    entity = SubElement(schema, "EntityType", Name=table.name, BaseType=f"{ALIAS}.{BASE}")
    _key(entity, table.primary_id)
    for column in table.columns.values():
        _property(entity, column)
    for column in table.columns.values():
        for nav, target in _targets(column):
            _single(call, entity, column, nav, target)
    for nav, (child, column_name) in collections_of(call.store, table.name).items():
        partner = call.store.tables[child].columns[column_name]
        back = next(target.nav for target in partner.targets if target.table == table.name)
        _navigation(entity, nav, f"Collection({ALIAS}.{child})", back)
    for nav, (left, right) in links_of(call.store, table.name).items():
        other = right if table.name == left else left
        _navigation(entity, nav, f"Collection({ALIAS}.{other})", nav)


def _property(entity: Element, column: Column) -> None:
    kind = EDM_TYPES.get(column.type)
    if column.type in LOOKUP_TYPES:
        kind = "Edm.Guid"
    if column.type == "DateTime":
        kind = "Edm.Date" if column.date_only else "Edm.DateTimeOffset"
    if kind is None:
        raise RuntimeError(f"no EDM type for {column.type}")
    given = {"Name": column.wire, "Type": kind}
    if kind == "Edm.String":
        given["Unicode"] = "false"
    if column.type in SCALE:
        given["Scale"] = "Variable"
    shown = SubElement(entity, "Property", given)
    if column.type not in LOOKUP_TYPES and not column.access:
        SubElement(shown, "Annotation", Term="Org.OData.Core.V1.Permissions").append(_read_only())


def _read_only() -> Element:
    member = Element("EnumMember")
    member.text = "Org.OData.Core.V1.PermissionType/Read"
    return member


def _targets(column: Column) -> Iterable[tuple[str, str]]:
    """The navigation properties of a lookup with the types they lead to."""
    if shares_nav(column):
        return [(column.targets[0].nav, PRINCIPAL)]
    return [(target.nav, target.table) for target in column.targets]


def _single(call: Call, entity: Element, column: Column, nav: str, target: str) -> None:
    shown = _navigation(entity, nav, f"{ALIAS}.{target}", None)
    referenced = "ownerid" if target == PRINCIPAL else call.store.tables[target].primary_id
    SubElement(shown, "ReferentialConstraint", Property=column.wire, ReferencedProperty=referenced)


def _navigation(entity: Element, name: str, kind: str, partner: str | None) -> Element:
    given = {"Name": name, "Type": kind}
    if partner is not None:
        given["Partner"] = partner
    else:
        given["Nullable"] = "false" if name == "ownerid" else "true"
    return SubElement(entity, "NavigationProperty", given)


# ── operations and sets ─────────────────────────────────────────────────────────────────────────────────────────────────


def _operations(schema: Element, tables: list[Table]) -> None:
    for name, properties in FUNCTIONS.items():
        answered = SubElement(schema, "ComplexType", Name=f"{name}Response")
        for each, kind in properties:
            SubElement(answered, "Property", Name=each, Type=kind)
        function = SubElement(schema, "Function", Name=name)
        SubElement(function, "ReturnType", Type=f"{ALIAS}.{name}Response", Nullable="false")
    answered = SubElement(schema, "ComplexType", Name="CreateMultipleResponse")
    SubElement(answered, "Property", Name="Ids", Type="Collection(Edm.Guid)")
    for table in tables:
        for name, returned in BULK.items() if table.bulk else ():
            action = SubElement(schema, "Action", Name=name, IsBound="true")
            kind = f"Collection({ALIAS}.{table.name})"
            SubElement(action, "Parameter", Name="entityset", Type=kind, Nullable="false")
            SubElement(action, "Parameter", Name="Targets", Type=kind, Nullable="false")
            if returned:
                SubElement(action, "ReturnType", Type=returned, Nullable="false")


def _container(call: Call, schema: Element, tables: list[Table], annotated: bool) -> None:
    container = SubElement(schema, "EntityContainer", Name="System")
    sets = {table.name: table.set_name for table in tables}
    for table in tables:
        shown = SubElement(container, "EntitySet", Name=table.set_name, EntityType=f"{NAMESPACE}.{table.name}")
        for path, target in _bindings(call, table):
            SubElement(shown, "NavigationPropertyBinding", Path=path, Target=sets[target])
        if annotated and table.name in call.store.tracked:
            record = SubElement(SubElement(shown, "Annotation", Term=TRACKING), "Record")
            SubElement(record, "PropertyValue", Property="Supported", Bool="true")
    for name in FUNCTIONS:
        SubElement(container, "FunctionImport", Name=name, Function=f"{NAMESPACE}.{name}")


def _bindings(call: Call, table: Table) -> Iterable[tuple[str, str]]:
    for column in table.columns.values():
        if not shares_nav(column):
            yield from _targets(column)
    for nav, (child, _column) in collections_of(call.store, table.name).items():
        yield nav, child
    for nav, (left, right) in links_of(call.store, table.name).items():
        yield nav, right if table.name == left else left

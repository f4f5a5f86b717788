"""Which page services NAV publishes, under whatever names, which are missing, and how to publish each."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from connector.models import Connection
from connector.nav.metadata import ServiceInfo
from setup_wizard.discovery.pages import OPTIONAL_TABLES, PACK_PREFIX, SIGNATURES, PageSignature, fits, is_recognised
from setup_wizard.discovery.remedies import PATIENCE
from sync.adapters import erp_client
from sync.defaults import MAPPINGS, SERVICES, TABLES
from sync.defaults.base import MappingDefault
from sync.engine.rules import RULES
from sync.engine.rules.base import Rule

# Read at set-up whatever is chosen: the local currency stands there.
ALWAYS = ("GeneralLedgerSetup",)


@dataclass(frozen=True, slots=True)
class ServiceFinding:
    """One NAV table and the page service that serves it.

    `published_as` is empty when none does; `others` are further services that would fit, best first. `missing_fields` are
    fields (OData names) that the chosen service lacks. `page_number` and `service_name` are what to publish: the page of NAV's
    own, `pack_page_number` and `pack_service_name` that of the object pack. `how_to` is a sentence.
    `needed_for` names the mappings that read it.
    """

    table: str
    caption: str
    wanted: list[str]
    published_as: str = ""
    others: list[str] = field(default_factory=list)
    missing_fields: list[str] = field(default_factory=list)
    page_number: int = 0
    service_name: str = ""
    pack_page_number: int = 0
    pack_service_name: str = ""
    needed_for: list[str] = field(default_factory=list)
    is_optional: bool = False
    how_to: str = ""

    @property
    def is_missing(self) -> bool:
        """Whether no published service serves the table."""
        return not self.published_as


def services_look(nav: Connection, mappings: Iterable[str] | None = None) -> list[ServiceFinding]:
    """Read NAV's $metadata and find the page service of every table that these mappings (all where None) read.

    One request. Raises out of the error tree when NAV cannot be asked; an unsaved connection is fine, nothing is stored.
    """
    with erp_client(nav, **PATIENCE) as client:
        published = client.metadata()
    return services_match(published, mappings, chosen=nav.setting("services_chosen", {}))


def services_match(
    published: Mapping[str, ServiceInfo],
    mappings: Iterable[str] | None = None,
    *,
    chosen: Mapping[str, str] | None = None,
) -> list[ServiceFinding]:
    """Find the page service of every table among those published; `chosen` (table -> service) is what a person decided."""
    needs = _needs(mappings)
    return [_finding(SIGNATURES[table], needs[table], published, (chosen or {}).get(table, "")) for table in needs]


@dataclass(slots=True)
class _Need:
    fields: set[str] = field(default_factory=set)
    mappings: list[str] = field(default_factory=list)


def _needs(names: Iterable[str] | None) -> dict[str, _Need]:
    wanted = None if names is None else set(names)
    needs: dict[str, _Need] = {table: _Need(set(SIGNATURES[table].must)) for table in ALWAYS}
    for default in MAPPINGS:
        if wanted is not None and default.name not in wanted:
            continue
        rule = RULES[default.rule] if default.rule else Rule()
        for table in dict.fromkeys((default.erp_table, *rule.erp_tables)):
            need = needs.setdefault(table, _Need())
            need.fields |= _fields_of(default, table)
            need.mappings.append(default.name)
    if wanted is None:
        needs.setdefault("IntegrationRecord", _Need(set(SIGNATURES["IntegrationRecord"].must)))
    order = list(SERVICES)
    return {table: needs[table] for table in sorted(needs, key=order.index)}


def _fields_of(default: MappingDefault, table: str) -> set[str]:
    known = TABLES.get(("erp", table))
    fields = {known.number, known.name, *known.extra} if known else set()
    if table == default.erp_table:
        fields |= {row.erp for row in default.fields if row.enabled}
        fields |= {condition[0] for condition in default.erp_filter}
        fields |= {part for criterion in default.criteria for part in criterion.erp.split("+")}
    return {name for name in fields if name and not name.startswith("@")}


def _finding(page: PageSignature, need: _Need, published: Mapping[str, ServiceInfo], chosen: str) -> ServiceFinding:
    candidates = _candidates(page, need, published, chosen)
    best = candidates[0] if candidates else None
    missing = sorted(need.fields - best.properties.keys()) if best else sorted(need.fields)
    is_optional = page.table in OPTIONAL_TABLES
    return ServiceFinding(
        table=page.table,
        caption=page.caption,
        wanted=list(SERVICES[page.table]),
        published_as=best.name if best else "",
        others=[service.name for service in candidates[1:]],
        missing_fields=missing,
        page_number=page.page_number,
        service_name=page.service_name,
        pack_page_number=page.pack_page_number,
        pack_service_name=f"{PACK_PREFIX}{page.table}",
        needed_for=need.mappings,
        is_optional=is_optional,
        how_to=_how_to(page, best, missing, is_optional),
    )


def _candidates(
    page: PageSignature, need: _Need, published: Mapping[str, ServiceInfo], chosen: str
) -> list[ServiceInfo]:
    """Return the services that serve the table, best first: a person's choice, our names, then those that show most."""
    first = [published[chosen]] if chosen in published else []
    named = [published[name] for name in SERVICES[page.table] if name in published and fits(page, published[name])]
    told = [service for service in published.values() if is_recognised(page, service)]
    told.sort(key=lambda service: (-len(need.fields & service.properties.keys()), not service.updatable, service.name))
    return list({service.name: service for service in (*first, *named, *told)}.values())


def _how_to(page: PageSignature, best: ServiceInfo | None, missing: list[str], is_optional: bool) -> str:
    pack = f"page {page.pack_page_number} of the object pack as {PACK_PREFIX}{page.table}"
    if best is None and is_optional:
        return f"Not needed. With {pack}, changes are found faster."
    if best is None:
        return (
            f"Publish page {page.page_number} as {page.service_name} on NAV's Web Services page (type Page, tick Published), "
            f"or {pack}."
        )
    if missing:
        return f"{best.name} does not show {', '.join(missing)}. Publish {pack} to have these too."
    return ""

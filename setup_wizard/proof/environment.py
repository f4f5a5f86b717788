"""What both systems must have in common, and how they answer: currency, page services, page size, change tracking."""

from collections.abc import Iterable

from connector.dataverse.environment import TableFacts, table_facts
from connector.models import Side
from setup_wizard.discovery.pages import SIGNATURES
from setup_wizard.discovery.remedies import PATIENCE
from setup_wizard.discovery.services import ServiceFinding, services_match
from setup_wizard.proof.model import CheckResult, ProofContext, failed, not_needed, passed, warning
from sync.adapters import crm_client, erp_client
from sync.choices import MappingKind
from sync.engine.rules import RULES

# Below this a full read takes needlessly many requests; NAV's own default is 1,000.
SMALL_PAGE = 200
# The tables that grow; the first that fills a page tells its size.
LARGE_TABLES = ("Contact", "Customer", "Item", "SalesPrice")


def findings(context: ProofContext) -> list[ServiceFinding]:
    """Return the page service of every table that the chosen mappings read. Raises IntegrationError."""
    chosen = context.nav.setting("services_chosen", {})
    return services_match(context.services(), list(context.choices), chosen=chosen)


def service_of(context: ProofContext, table: str) -> str:
    """Return the page service that serves a table, or an empty text."""
    return next((finding.published_as for finding in findings(context) if finding.table == table), "")


def services_check(context: ProofContext) -> CheckResult:
    """Look for the page service of every table that the chosen mappings read, and for its fields."""
    context.need(Side.ERP)
    found = [finding for finding in findings(context) if not finding.is_optional]
    missing = [finding for finding in found if finding.is_missing]
    if missing:
        return failed(
            f"NAV does not publish a page for {', '.join(finding.caption for finding in missing)}.",
            "Publish these pages on NAV's Web Services page (type Page, tick Published): "
            f"{_pages((each.page_number, each.service_name) for each in missing)}. Or take them from the object pack.",
            missing=[finding.table for finding in missing],
        )
    thin = [finding for finding in found if finding.missing_fields]
    if thin:
        lacking = "; ".join(f"{each.published_as}: {', '.join(each.missing_fields)}" for each in thin)
        return warning(
            f"NAV publishes every page that is needed. Fields are missing, and their field rows take no part: {lacking}.",
            "Publish these pages of the object pack to have them too: "
            f"{_pages((each.pack_page_number, each.pack_service_name) for each in thin)}.",
            missing_fields={finding.table: finding.missing_fields for finding in thin},
        )
    return passed(f"NAV publishes every page that is needed ({len(found)}), with every field.")


def _pages(pages: Iterable[tuple[int, str]]) -> str:
    return ", ".join(f"{number} {name}" for number, name in pages)


def currency_check(context: ProofContext) -> CheckResult:
    """Compare NAV's local currency with the base currency of Sales; they must be the same (reference 3.8)."""
    context.need(Side.ERP, Side.CRM)
    local, base = _local_currency(context), _base_currency(context)
    if not local:
        return failed("NAV's General Ledger Setup has no LCY Code. Enter it there.")
    if local != base:
        return failed(
            f"NAV's local currency is {local}, the base currency of Sales is {base}. Both must be the same: choose the "
            "environment of this company.",
            "The base currency of an environment cannot be changed afterwards.",
            nav=local,
            sales=base,
        )
    return passed(f"Both systems keep their books in {local}.", nav=local, sales=base)


def _local_currency(context: ProofContext) -> str:
    service = service_of(context, "GeneralLedgerSetup")
    if not service:
        return str(context.nav.setting("lcy_code"))
    with erp_client(context.nav, **PATIENCE) as client:
        record = next(client.iter_records(service, ["LCY_Code"], top=1), None)
    return str(record.values.get("LCY_Code") or "") if record else ""


def _base_currency(context: ProofContext) -> str:
    with crm_client(context.sales, **PATIENCE) as client:
        row = next(client.iter_records("organization", ["basecurrencyid"], top=1), None)
        key = str(row.values.get("basecurrencyid") or "") if row else ""
        return str(client.get("transactioncurrency", key, ["isocurrencycode"]).values["isocurrencycode"]) if key else ""


def sales_tables(context: ProofContext) -> list[str]:
    """Return the tables in Sales that the chosen mappings read, in order."""
    tables: dict[str, None] = {}
    for default in context.defaults():
        tables[default.crm_table] = None
        if default.rule:
            tables |= dict.fromkeys(RULES[default.rule].crm_tables)
    return list(tables)


def facts_of(context: ProofContext) -> dict[str, TableFacts]:
    """Return what Sales says of the tables of the chosen mappings, asked for once."""

    def read() -> dict[str, TableFacts]:
        with crm_client(context.sales, **PATIENCE) as client:
            return table_facts(client.wire, [*sales_tables(context), "systemuser", "transactioncurrency"])

    return context.once("table_facts", read)


def tracking_check(context: ProofContext) -> CheckResult:
    """Look whether the tables in Sales tell what changed; without it they are read in full each time."""
    context.need(Side.CRM)
    read = {default.crm_table for default in context.defaults() if default.kind != MappingKind.OPTION.value}
    if not read:
        return not_needed("No chosen mapping reads a table in Sales.")
    facts = facts_of(context)
    off = sorted(name for name in read if name in facts and not facts[name].change_tracking)
    if off:
        return warning(
            f"Change tracking is off for {', '.join(off)} in Sales, so these tables are read in full each time.",
            "In Power Apps: Tables, the table, Properties, Advanced options, tick Track changes. It stays on for good.",
            off=off,
        )
    return passed(f"Sales tracks changes for every table that is read ({len(read)}).")


def page_size_check(context: ProofContext) -> CheckResult:
    """See how many rows NAV gives at a time: one page of keys, of the first large table that fills one."""
    context.need(Side.ERP)
    tables = [table for table in LARGE_TABLES if table in {default.erp_table for default in context.defaults()}]
    rows = 0
    with erp_client(context.nav, **PATIENCE) as client:
        for service in filter(None, (service_of(context, table) for table in tables)):
            page = next(iter(client.iter_pages(service, [])), None)
            if page is None:
                continue
            rows = max(rows, len(page.changes))
            if page.position is not None:
                return _page_size(len(page.changes))
    if not rows:
        return not_needed("NAV has no rows yet in the tables that grow, so the size of a page does not show.")
    return passed(f"Every table fits into one page of NAV so far (up to {rows} rows).", rows=rows)


def _page_size(size: int) -> CheckResult:
    if size < SMALL_PAGE:
        return warning(
            f"NAV gives {size} rows at a time, so a full read takes many requests.",
            "On the NAV server: Set-NAVServerConfiguration INSTANCE -KeyName ODataServicesMaxPageSize -KeyValue 1000.",
            page_size=size,
        )
    return passed(f"NAV gives {size} rows at a time.", page_size=size)


# Number series

SERIES = {
    "Customer": ("Customer_Nos", 459, "Sales & Receivables Setup"),
    "Contact": ("Contact_Nos", 5094, "Marketing Setup"),
    "Item": ("Item_Nos", 461, "Inventory Setup"),
    "Resource": ("Resource_Nos", 462, "Resources Setup"),
}


def number_series_check(context: ProofContext) -> CheckResult:
    """Look whether NAV can give a number to what is created there: each set-up page names a number series."""
    context.need(Side.ERP)
    tables = [
        default.erp_table
        for default in context.defaults()
        if default.erp_table in SERIES and context.goes(default.name, "from")
    ]
    if not tables:
        return not_needed("Nothing that needs a number is created in NAV.")
    empty, unseen = [], []
    for table in tables:
        field, page, caption = SERIES[table]
        service = next((name for name, info in context.services().items() if field in info.properties), "")
        if not service:
            unseen.append(f"{caption} (page {page})")
            continue
        with erp_client(context.nav, **PATIENCE) as client:
            record = next(client.iter_records(service, [field], top=1), None)
        if record is None or not record.values.get(field):
            empty.append(f"{field.replace('_', ' ')} in {caption}")
    if empty:
        return failed(
            f"No number series is entered for {', '.join(empty)}, so NAV cannot create records there.",
            "Enter a series whose Default Nos. is ticked.",
        )
    if unseen:
        return warning(
            f"Whether NAV has number series for {', '.join(SIGNATURES[table].caption for table in tables)} does not show, since "
            f"{', '.join(unseen)} is not published. Look there that a number series is entered.",
        )
    return passed("NAV has a number series for everything that is created there.")

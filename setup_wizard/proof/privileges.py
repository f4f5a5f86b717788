"""May the integration user do, in both systems, what a mapping and its direction need? Named by table and right.

Sales says what a user may do. NAV has no such question: one row of each page is read, and what its metadata says may be
written is compared with what the mapping writes.
"""

from collections.abc import Iterable

from connector.dataverse.environment import TableFacts, privileges_of
from connector.errors import IntegrationError
from connector.models import Side
from setup_wizard.discovery.remedies import PATIENCE
from setup_wizard.proof.environment import facts_of, service_of
from setup_wizard.proof.model import CheckResult, ProofContext, failed, passed
from sync.adapters import crm_client, erp_client
from sync.choices import MappingKind
from sync.defaults import MAPPINGS
from sync.defaults.base import FieldDefault, MappingDefault
from sync.engine.rules import RULES

TO, FROM = "to", "from"
# Change tracking and rows of others are readable only with the widest reach.
WIDE = "Global"
# What adding options to a choice column asks for, beside publishing them.
OPTION_RIGHTS = ("prvWriteAttribute", "prvPublishCustomization")
REFERENCES = frozenset({"lookup", "currency", "owner", "base_unit"})


def needed_in_sales(default: MappingDefault, direction: str) -> set[tuple[str, str]]:
    """Return the rights that one direction of a mapping needs in Sales, as (table, action)."""
    needed = {(default.crm_table, "Read"), ("systemuser", "Read")}
    if default.rule:
        needed |= {(table, "Read") for table in RULES[default.rule].crm_tables}
    if direction != TO or default.kind == MappingKind.OPTION.value:
        return needed
    needed |= {(default.crm_table, action) for action in ("Create", "Write", "Append", "AppendTo")}
    for row in _flowing(default, TO):
        if row.kind in REFERENCES:
            needed |= {(table, "AppendTo") for table in _targets(row)}
        if row.kind == "owner":
            needed.add((default.crm_table, "Assign"))
    if default.rule:
        # Steps write there too: a unit beside its group, a price beside its product.
        needed |= {(table, "Write") for table in RULES[default.rule].crm_tables if table == "uom"}
    return needed


def _flowing(default: MappingDefault, direction: str) -> Iterable[FieldDefault]:
    return (row for row in default.fields if row.enabled and row.way in {direction, "both"})


def _targets(row: FieldDefault) -> set[str]:
    return {default.crm_table for default in MAPPINGS if default.name == row.target}


def rights_check(context: ProofContext, name: str, direction: str) -> CheckResult:
    """Check the rights of one mapping in one direction, in both systems."""
    context.need(Side.ERP, Side.CRM)
    default = next(default for default in MAPPINGS if default.name == name)
    missing = _missing_in_sales(context, default, direction)
    if missing:
        return failed(
            f"The integration user lacks {', '.join(missing)} in Sales.",
            "Give the user the role NAV Sales Connector Integration, or add these privileges to its role, at organization level.",
            missing=missing,
            cured_by_finish=True,
        )
    problem = _problem_in_nav(context, default, direction)
    if problem is not None:
        return problem
    return passed(f"The integration user may do in both systems what {name} needs.")


def _missing_in_sales(context: ProofContext, default: MappingDefault, direction: str) -> list[str]:
    facts, granted = facts_of(context), _granted(context)
    missing = []
    for table, action in sorted(needed_in_sales(default, direction)):
        name = _privilege(facts, table, action)
        depth = granted.get(name.lower())
        if depth is None:
            missing.append(name)
        elif action == "Read" and depth != WIDE:
            missing.append(f"{name} (has {depth}, needs organization)")
    if default.kind == MappingKind.OPTION.value and direction == TO:
        missing += [name for name in OPTION_RIGHTS if name.lower() not in granted]
    return list(dict.fromkeys(missing))


def _privilege(facts: dict[str, TableFacts], table: str, action: str) -> str:
    return facts[table].privilege(action) if table in facts else f"prv{action}{table}"


def _granted(context: ProofContext) -> dict[str, str]:
    def read() -> dict[str, str]:
        with crm_client(context.sales, **PATIENCE) as client:
            return privileges_of(client.wire, context.sign_in(Side.CRM)["UserId"])

    return context.once("privileges", read)


def _problem_in_nav(context: ProofContext, default: MappingDefault, direction: str) -> CheckResult | None:
    tables = (default.erp_table, *(RULES[default.rule].erp_tables if default.rule else ()))
    for table in dict.fromkeys(tables):
        service = service_of(context, table)
        if not service:
            return failed(f"NAV does not publish a page for {table}, so its rights do not show. Publish it first.")
        error = _reading(context, service)
        if error is not None:
            return failed(
                f"NAV does not let the user read {service}. {error}",
                f"Add Read on the table {table} and Execute on its page to a permission set of the user.",
            )
    return _problem_in_writing(context, default) if direction == FROM else None


def _reading(context: ProofContext, service: str) -> IntegrationError | None:
    def read() -> None:
        with erp_client(context.nav, **PATIENCE) as client:
            next(client.iter_records(service, [], top=1), None)

    try:
        context.once(("read", service), read)
    except IntegrationError as error:
        return error
    return None


def _problem_in_writing(context: ProofContext, default: MappingDefault) -> CheckResult | None:
    service = service_of(context, default.erp_table)
    info = context.services()[service]
    if not info.updatable or (default.create_new and not info.insertable):
        return failed(
            f"NAV serves {service} for reading only. Publish the card page, or the connector's object pack.",
            service=service,
        )
    columns = [row.erp for row in _flowing(default, FROM) if row.erp and not row.erp.startswith("@")]
    fixed = [name for name in columns if name in info.properties and not info.properties[name].editable]
    if fixed:
        return failed(
            f"The page {service} does not let {', '.join(fixed)} be changed.",
            "Publish the connector's object pack, or switch these field rows to the direction To Integration Table.",
            fields=fixed,
        )
    return None

"""Are there records that look the same in the fields by which records are matched? A bounded look, never a whole table."""

from collections import Counter
from collections.abc import Iterable

from connector.models import Side
from connector.records import Record
from setup_wizard.discovery.remedies import PATIENCE
from setup_wizard.proof.environment import service_of
from setup_wizard.proof.model import SYSTEM, CheckResult, ProofContext, not_needed, passed, warning
from sync.adapters import crm_client, erp_client
from sync.defaults import MAPPINGS
from sync.defaults.base import CriterionDefault, MappingDefault
from sync.engine.filters import meets
from sync.engine.values import joined_key

# One page of each side.
ROWS = 1000
SHOWN = 3


def duplicates_check(context: ProofContext, name: str) -> CheckResult:
    """Look for equal match fields in the first rows of both sides, for the criteria that couple without asking."""
    context.need(Side.ERP, Side.CRM)
    default = next(default for default in MAPPINGS if default.name == name)
    criteria = [criterion for criterion in default.criteria if criterion.automatic]
    if not criteria:
        return not_needed("No criterion couples records of this mapping without asking.")
    found: dict[str, list[str]] = {}
    looked: dict[str, int] = {}
    for side, read in ((Side.ERP.value, _nav_rows), (Side.CRM.value, _sales_rows)):
        rows = read(context, default, criteria)
        if rows is None:
            continue
        looked[SYSTEM[side]] = len(rows)
        doubles = _doubles(rows, criteria, side)
        if doubles:
            found[SYSTEM[side]] = doubles
    if found:
        told = "; ".join(f"{system}: {', '.join(values[:SHOWN])}" for system, values in found.items())
        return warning(
            f"Several records share a match field ({told}).",
            "They are not coupled by themselves: each waits until a person chooses. Correct them first to save that.",
            looked=looked,
            doubles={system: values[:50] for system, values in found.items()},
        )
    seen = ", ".join(f"{system} {number}" for system, number in looked.items())
    return passed(f"No two of the records looked at share a match field ({seen}).", looked=looked)


def _columns(criteria: Iterable[CriterionDefault], side: str) -> list[list[str]]:
    return [(criterion.erp if side == Side.ERP else criterion.crm).split("+") for criterion in criteria]


def _nav_rows(context: ProofContext, default: MappingDefault, criteria: list[CriterionDefault]) -> list[Record] | None:
    """Return the first rows in NAV, or None where there is nothing to look at."""
    service = service_of(context, default.erp_table)
    if not service:
        return None
    known = context.services()[service]
    wanted = [name for columns in _columns(criteria, Side.ERP) for name in columns]
    if all(set(columns) == set(known.key) for columns in _columns(criteria, Side.ERP)):
        return None  # The key itself: NAV holds it once.
    wanted += [condition[0] for condition in default.erp_filter]
    with erp_client(context.nav, **PATIENCE) as client:
        rows = list(client.iter_records(service, wanted, top=ROWS))
    return [row for row in rows if meets(row.values, default.erp_filter)]


def _sales_rows(context: ProofContext, default: MappingDefault, criteria: list[CriterionDefault]) -> list[Record]:
    wanted = [name for columns in _columns(criteria, Side.CRM) for name in columns]
    wanted += [condition[0] for condition in default.crm_filter]
    with crm_client(context.sales, **PATIENCE) as client:
        rows = list(client.iter_records(default.crm_table, list(dict.fromkeys(wanted)), top=ROWS))
    return [row for row in rows if meets(row.values, default.crm_filter)]


def _doubles(rows: list[Record], criteria: list[CriterionDefault], side: str) -> list[str]:
    doubles: list[str] = []
    for criterion, columns in zip(criteria, _columns(criteria, side), strict=True):
        keys = (
            joined_key([row.values.get(name) for name in columns], case_sensitive=criterion.case_sensitive)
            for row in rows
        )
        counted = Counter(key for key in keys if key)
        doubles += sorted(key for key, number in counted.items() if number > 1)
    return doubles

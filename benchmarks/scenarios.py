"""What is measured. A scenario gets a running site and returns measurements with their goals."""

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any

from benchmarks.minimum import minimum, minimum_of, rows_of
from benchmarks.site import Site


@dataclass(frozen=True)
class Measurement:
    """One number beside its goal; `is_met` is None where there is no goal."""

    name: str
    value: float
    unit: str
    goal: str = ""
    is_met: bool | None = None
    details: dict[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """Return it for the JSON file."""
        return asdict(self)


Scenario = Callable[[Site, str], list[Measurement]]


def full_copy(site: Site, flavour: str) -> list[Measurement]:
    """Copy everything into an empty CRM, then run again with nothing changed."""
    site.stand_ins.reset()
    first = site.full_synch()
    sent = {side: site.stand_ins.requests(side) for side in ("nav", "crm")}
    fewest = minimum(first, flavour)
    total = sum(sent.values())
    created = rows_of(first)
    failed = sum(row["counters"]["failed"] for row in first["mappings"])
    site.stand_ins.reset()
    second = site.full_synch()
    written = {side: site.stand_ins.written(side) for side in ("nav", "crm")}
    share = second["seconds"] / first["seconds"] if first["seconds"] else 0.0
    return [
        Measurement("records created", sum(created.values()), "rows", details=created),
        Measurement("records failed", failed, "rows", "0", failed == 0),
        Measurement("requests, full copy", total, "requests", details=sent),
        Measurement(
            "requests over the minimum",
            round(total / fewest, 3),
            "x",
            "<= 1.1",
            total <= 1.1 * fewest,
            {
                "minimum": fewest,
                "by mapping": {name: minimum_of(name, rows, flavour) for name, rows in created.items()},
            },
        ),
        Measurement("time, full copy", round(first["seconds"], 1), "s"),
        Measurement("writes, second run", sum(written.values()), "rows", "0", not any(written.values()), written),
        Measurement("time, second run over first", round(share, 3), "x", "<= 0.1", share <= 0.1),
    ]


SCENARIOS: dict[str, Scenario] = {"full_copy": full_copy}

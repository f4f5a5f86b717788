"""The order of the mappings: what must be finished before what."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter

from sync.engine.errors import MappingInvalid


@dataclass(frozen=True, slots=True)
class Place:
    """Where a mapping stands: `position` in one fixed order, `step` in the graph (1 needs nothing)."""

    name: str
    position: int
    step: int
    depends_on: tuple[str, ...]


def cycle_of(depends_on: Mapping[str, Sequence[str]]) -> list[str]:
    """Return the names on a dependency cycle, first one repeated at the end; an empty list when there is none."""
    try:
        TopologicalSorter(depends_on).prepare()
    except CycleError as error:
        return [str(name) for name in error.args[1]]
    return []


def ordered(depends_on: Mapping[str, Sequence[str]]) -> list[Place]:
    """Return the mappings in dependency order, by name within a step.

    Only names among the keys count as prerequisites: a mapping that is not part of the run is taken as done.
    Raises MappingInvalid naming the cycle, if there is one.
    """
    inside = {name: tuple(need for need in needs if need in depends_on) for name, needs in depends_on.items()}
    if cycle := cycle_of(inside):
        raise MappingInvalid(
            f"The mappings depend on each other in a circle: {' → '.join(cycle)}. Remove one of these dependencies.",
            code="dependency_cycle",
        )
    steps: dict[str, int] = {}
    for name in TopologicalSorter(inside).static_order():
        steps[name] = 1 + max((steps[need] for need in inside[name]), default=0)
    names = sorted(steps, key=lambda name: (steps[name], name))
    return [Place(name, position, steps[name], inside[name]) for position, name in enumerate(names, 1)]


def unknown_prerequisites(needs: Sequence[str], known: Sequence[str]) -> list[str]:
    """Return the prerequisites that no mapping is called."""
    return [name for name in needs if name not in known]

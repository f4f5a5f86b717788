"""The result of an import as XML: the `data` of an import job.

Source: learn.microsoft.com, "Create, install, and update a managed solution", sample of `ImportJob.Data`.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from xml.etree.ElementTree import Element, SubElement, tostring

from sandbox.dataverse.solutions.checks import Problem
from sandbox.dataverse.solutions.components import Components
from sandbox.dataverse.solutions.manifest import Manifest

_TICKS_AT_1970 = 621_355_968_000_000_000


def import_data(
    manifest: Manifest, components: Components, problems: list[Problem], started: float, now: float, progress: float
) -> str:
    """The XML; times in seconds since 1970. What is not reached yet has no result."""
    root = Element(
        "importexportxml", start=_ticks(started), stop=_ticks(now), progress=f"{progress:g}", processed="true"
    )
    done = progress >= 100 or bool(problems)
    _manifest(root, manifest, problems, now)
    entities = SubElement(root, "entities")
    for entity in components.entities if done else ():
        _component(entities, "entity", entity.schema_name, entity.label or entity.schema_name, problems, now)
    for name in ("nodes", "settings", "dashboards"):
        SubElement(root, name)
    roles = SubElement(root, "securityroles")
    for role in components.roles if done else ():
        _component(roles, "securityrole", role.id, role.name, problems, now)
    for name in ("workflows", "templates"):
        SubElement(root, name)
    sets = SubElement(root, "optionSets")
    for option_set in components.option_sets if done else ():
        _component(sets, "optionSet", option_set.name, option_set.label, problems, now)
    relations = SubElement(root, "entityRelationships")
    for relation in components.relationships if done else ():
        _component(relations, "EntityRelationship", relation.name, relation.name, problems, now)
    _listed(root, "rootComponents", "rootComponent", (each for each in problems if each.part == "rootComponent"), now)
    _listed(root, "dependencies", "dependency", (each for each in problems if each.part == "dependency"), now)
    return tostring(root, encoding="unicode")


def _manifest(root: Element, manifest: Manifest, problems: list[Problem], now: float) -> None:
    holder = SubElement(root, "solutionManifests")
    element = SubElement(
        holder,
        "solutionManifest",
        languagecode="1033",
        id=manifest.unique_name,
        LocalizedName=manifest.name,
        processed="true",
    )
    SubElement(element, "UniqueName").text = manifest.unique_name
    names = SubElement(element, "LocalizedNames")
    SubElement(names, "LocalizedName", description=manifest.name, languagecode="1033")
    SubElement(element, "Descriptions")
    SubElement(element, "Version").text = manifest.version
    SubElement(element, "Managed").text = "1" if manifest.managed else "0"
    publisher = SubElement(element, "Publisher")
    SubElement(publisher, "UniqueName").text = manifest.publisher.unique_name
    SubElement(element, "results")
    _result(element, problems[0] if problems else None, now)
    missing = [problem.dependency for problem in problems if problem.dependency is not None]
    if missing:
        listed = SubElement(element, "MissingDependencies")
        for number, needed in enumerate(missing, start=1):
            one = SubElement(listed, "MissingDependency")
            SubElement(
                one,
                "Required",
                key=str(number),
                type=str(needed.type),
                schemaName=needed.schema_name,
                displayName=needed.schema_name,
                parentSchemaName=needed.parent,
                solution=needed.solution,
            )


def _component(holder: Element, kind: str, key: str, name: str, problems: list[Problem], now: float) -> None:
    element = SubElement(holder, kind, id=key, LocalizedName=name, processed="true")
    _result(element, next((each for each in problems if each.part == kind and each.name == key), None), now)


def _listed(root: Element, holder: str, kind: str, problems: Iterable[Problem], now: float) -> None:
    element = SubElement(root, holder)
    found: list[Problem | None] = [*problems]
    for problem in found or [None]:
        _result(SubElement(element, kind, processed="true"), problem, now)


def _result(element: Element, problem: Problem | None, now: float) -> None:
    SubElement(
        element,
        "result",
        result="failure" if problem else "success",
        errorcode=problem.code.upper().replace("0X", "0x") if problem else "0",
        errortext=problem.message if problem else "",
        datetime=datetime.fromtimestamp(now, UTC).strftime("%H:%M:%S.%f")[:-4],
        datetimeticks=_ticks(now),
    )


def _ticks(seconds: float) -> str:
    """Seconds since 1970 as .NET counts them: in tenths of a microsecond since year 1."""
    return str(_TICKS_AT_1970 + int(seconds * 10_000_000))

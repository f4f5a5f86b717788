"""The manifest of a package: `solution.xml`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from xml.etree.ElementTree import Element

from sandbox.dataverse import errors
from sandbox.dataverse.solutions.package import INVALID_XML

ENGLISH = "1033"
_VERSION = re.compile(r"\d{1,10}(?:\.\d{1,10}){1,3}")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,64}")
_PREFIX = re.compile(r"(?!mscrm)[A-Za-z][A-Za-z0-9]{1,7}", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Publisher:
    """Who made the solution; `prefix` stands in front of every name in it."""

    unique_name: str
    name: str
    prefix: str
    option_prefix: int | None


@dataclass(frozen=True, slots=True)
class RootComponent:
    """One entry of the list of components: tables and option sets by schema name, roles and others by id."""

    type: int
    schema_name: str
    id: str
    behavior: int


@dataclass(frozen=True, slots=True)
class Dependency:
    """A component that must be there already, by type and schema name or id, and the solution it comes from."""

    type: int
    schema_name: str
    id: str
    parent: str
    solution: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """What the package says about itself."""

    unique_name: str
    name: str
    description: str
    version: str
    managed: bool
    publisher: Publisher
    roots: tuple[RootComponent, ...]
    dependencies: tuple[Dependency, ...]


def version_key(version: str) -> tuple[int, ...]:
    """A version as four numbers, to compare by."""
    numbers = [int(part) for part in version.split(".")]
    return tuple(numbers + [0] * (4 - len(numbers)))


def read_manifest(root: Element) -> Manifest:
    """The manifest in `solution.xml`. Raises: ServiceError 400."""
    element = root.find("SolutionManifest")
    if element is None:
        raise invalid("The element 'SolutionManifest' is missing.")
    unique_name, version = text_of(element, "UniqueName"), text_of(element, "Version")
    if not _NAME.fullmatch(unique_name):
        raise invalid(f"The unique name '{unique_name}' is not valid.")
    if not _VERSION.fullmatch(version):
        raise invalid(f"The version '{version}' is not valid.")
    managed = text_of(element, "Managed")
    if managed not in ("0", "1", "2"):
        raise invalid(f"The value '{managed}' of 'Managed' is not valid.")
    return Manifest(
        unique_name=unique_name,
        name=described(element, "LocalizedNames/LocalizedName") or unique_name,
        description=described(element, "Descriptions/Description"),
        version=version,
        managed=managed == "1",
        publisher=_publisher(element),
        roots=tuple(_root(each) for each in element.iterfind("RootComponents/RootComponent")),
        dependencies=tuple(
            _dependency(each) for each in element.iterfind("MissingDependencies/MissingDependency/Required")
        ),
    )


def _publisher(manifest: Element) -> Publisher:
    element = manifest.find("Publisher")
    if element is None:
        raise invalid("The element 'Publisher' is missing.")
    prefix, number = text_of(element, "CustomizationPrefix"), text_of(element, "CustomizationOptionValuePrefix")
    if not _PREFIX.fullmatch(prefix):
        raise invalid(
            f"The customization prefix '{prefix}' is not valid. It has 2 to 8 letters and digits, starts with a letter "
            "and does not start with 'mscrm'."
        )
    if number and not (number.isdigit() and 10_000 <= int(number) <= 99_999):
        raise invalid(f"The option value prefix '{number}' is not between 10000 and 99999.")
    unique_name = text_of(element, "UniqueName")
    if not unique_name:
        raise invalid("The publisher has no unique name.")
    name = described(element, "LocalizedNames/LocalizedName") or unique_name
    return Publisher(unique_name, name, prefix.lower(), int(number) if number else None)


def _root(element: Element) -> RootComponent:
    kind, behavior = element.get("type", ""), element.get("behavior", "0")
    if not kind.isdigit():
        raise invalid(f"The type '{kind}' of a root component is not a number.")
    name, key = element.get("schemaName", ""), guid_of(element.get("id", ""))
    if not name and not key:
        raise invalid("A root component has neither a schemaName nor an id.")
    return RootComponent(int(kind), name, key, int(behavior) if behavior.isdigit() else 0)


def _dependency(element: Element) -> Dependency:
    kind = element.get("type", "")
    return Dependency(
        type=int(kind) if kind.isdigit() else 0,
        schema_name=element.get("schemaName", ""),
        id=guid_of(element.get("id", "")),
        parent=element.get("parentSchemaName", ""),
        solution=element.get("solution", "Active"),
    )


def invalid(message: str) -> errors.ServiceError:
    """The package is well formed and still wrong."""
    return errors.bad_request(
        INVALID_XML, f"This solution package cannot be imported because it contains invalid XML. {message}"
    )


def text_of(element: Element, name: str) -> str:
    """The text of a child, or an empty one."""
    return (element.findtext(name) or "").strip()


def described(element: Element, path: str) -> str:
    """The English `description` among labels in several languages, or the first one."""
    labels = {each.get("languagecode", ""): each.get("description", "") for each in element.iterfind(path)}
    return labels.get(ENGLISH) or next(iter(labels.values()), "")


def guid_of(text: str) -> str:
    """An id without braces, in lower case."""
    return text.strip().strip("{}").lower()

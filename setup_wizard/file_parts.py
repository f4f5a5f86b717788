"""The parts of a set-up file beyond both connections: what the wizard asks in its later steps.

[administrator]      user, password (env:NAME or file:PATH): used once, kept nowhere
[solution]           import = true | false, package = "a solution file of your own"
[integration_user]   account = e-mail address or application id; the one that signs in if left out
[orders]             integration = true, user = who handles sales orders
[item_availability]  user, key, service: what Sales asks NAV with
[web_client]         url, for "open in NAV"
[schedule]           status = ready | on_hold, interval_minutes
[policies]           update_conflict, conflict_scope, deletion_conflict, mass_change_limit: of every mapping
[mappings.NAME]      settings of one mapping, as set_mapping takes them
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from setup_wizard.file_secrets import secret_of

_KEYS: dict[str, dict[str, type]] = {
    "administrator": {"user": str, "password": str},
    "solution": {"import": bool, "package": str},
    "integration_user": {"account": str},
    "orders": {"integration": bool, "user": str},
    "item_availability": {"service": str, "user": str, "key": str},
    "web_client": {"url": str},
    "schedule": {"status": str, "interval_minutes": int},
    "policies": {"update_conflict": str, "conflict_scope": str, "deletion_conflict": str, "mass_change_limit": str},
}
PARTS = (*_KEYS, "mappings")
_WORDS = {str: "a text", bool: "true or false", int: "a whole number"}


@dataclass(frozen=True, slots=True)
class FileParts:
    """What the file says; empty where it says nothing. The administrator's password lives as long as the command."""

    administrator_user: str = ""
    administrator_password: str = field(default="", repr=False)
    import_solution: bool = False
    solution_package: str = ""
    integration_user: str = ""
    order_integration: bool = False
    order_user: str = ""
    has_item_availability: bool = False
    availability_service: str = ""
    availability_user: str = ""
    availability_key: str = field(default="", repr=False)
    web_client_url: str = ""
    schedule: Mapping[str, str] = field(default_factory=dict)
    policies: Mapping[str, str] = field(default_factory=dict)
    mappings: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    @property
    def needs_administrator(self) -> bool:
        """Whether something is asked for that only an administrator of the environment can do."""
        return self.import_solution or self.order_integration


def file_parts(data: Mapping[str, Any]) -> FileParts:
    """Return the later parts of a set-up file. Raises ValueError with the rest of a sentence that names the place.

    Raises ConfigurationError for a secret that cannot be had or is written out.
    """
    parts = {name: _part(data, name) for name in _KEYS}
    administrator = parts["administrator"]
    wished = FileParts(
        import_solution=parts["solution"].get("import", bool(administrator)),
        order_integration=parts["orders"].get("integration", False),
    )
    if wished.needs_administrator and not administrator:
        what = "[solution] import" if wished.import_solution else "[orders] integration"
        raise ValueError(
            f"{what} needs the sign-in of an administrator of the environment: add the part [administrator]"
        )
    _need(administrator, "administrator", "user", "password")
    availability = parts["item_availability"]
    _need(availability, "item_availability", "user", "key")
    return FileParts(
        administrator_user=administrator.get("user", ""),
        administrator_password=secret_of(administrator["password"], "[administrator]") if administrator else "",
        import_solution=wished.import_solution,
        solution_package=parts["solution"].get("package", ""),
        integration_user=parts["integration_user"].get("account", ""),
        order_integration=wished.order_integration,
        order_user=parts["orders"].get("user", ""),
        has_item_availability=bool(availability),
        availability_service=availability.get("service", ""),
        availability_user=availability.get("user", ""),
        availability_key=secret_of(availability["key"], "[item_availability]") if availability else "",
        web_client_url=parts["web_client"].get("url", ""),
        schedule=_texts(parts["schedule"], {"status": "schedule"}),
        policies=_texts(parts["policies"]),
        mappings=_mappings(data.get("mappings", {})),
    )


def _part(data: Mapping[str, Any], name: str) -> dict[str, Any]:
    part = data.get(name, {})
    if not isinstance(part, dict):
        raise ValueError(f"[{name}] is no part with settings")
    for key, value in part.items():
        kind = _KEYS[name].get(key)
        if kind is None:
            raise ValueError(f"[{name}] has {key!r}, which is not known; known are {', '.join(_KEYS[name])}")
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            raise ValueError(f"[{name}] {key} is {value!r}; it is {_WORDS[kind]}")
    return part


def _need(part: Mapping[str, Any], name: str, *keys: str) -> None:
    for key in keys:
        if part and not part.get(key):
            raise ValueError(f"[{name}] has no {key}")


def _texts(part: Mapping[str, Any], names: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return settings as the texts that set_mapping takes."""
    return {(names or {}).get(key, key): _text(value) for key, value in part.items()}


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _mappings(data: Any) -> dict[str, dict[str, str]]:
    if not isinstance(data, dict):
        raise ValueError("[mappings] has no parts; write [mappings.CUSTOMER]")
    found: dict[str, dict[str, str]] = {}
    for name, settings in data.items():
        if not isinstance(settings, dict):
            raise ValueError(f"[mappings] {name} is no part with settings; write [mappings.{name}]")
        for key, value in settings.items():
            if not isinstance(value, str | bool | int):
                raise ValueError(f"[mappings.{name}] {key} is {value!r}; it is a text, a number, true or false")
        found[name] = _texts(settings)
    return found

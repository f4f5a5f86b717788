"""The answers of a set-up: read from a file, or from what the stand-in servers print when they are ready.

The file is TOML or JSON as docs/setup.schema.json says. Secrets are written as `env:NAME` or `file:PATH`, so that the file itself
can be kept.
"""

import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from connector.errors import ConfigurationError
from connector.models import AuthKind, Flavour
from setup_wizard.file_parts import PARTS, FileParts, file_parts
from setup_wizard.file_secrets import secret_of

NAV_KEYS = frozenset(
    "name url company flavour auth user key token_url client_id client_secret scope ca services".split()
)
SALES_KEYS = frozenset(
    "name url authority tenant auth client_id client_secret certificate thumbprint user password ca".split()
)
OPTION_KEYS = frozenset("mappings enable default_price_list".split())
DEFAULT_PRICE_LIST = "Dynamics NAV Default Price List"


@dataclass(frozen=True, slots=True)
class ConnectionAnswers:
    """What one connection needs; `secret` is in the clear and lives only until it is stored encrypted."""

    name: str
    flavour: str
    address: str
    auth_kind: str
    secret: str = field(repr=False)
    company: str = ""
    user: str = ""
    client_id: str = ""
    authority: str = ""
    scope: str = ""
    thumbprint: str = ""
    ca_file: str = ""
    services: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SetupAnswers:
    """All answers: both connections, the mappings to install (all where None), and whether to enable."""

    nav: ConnectionAnswers
    sales: ConnectionAnswers
    mappings: tuple[str, ...] | None = None
    enable: bool = True
    default_price_list: str = DEFAULT_PRICE_LIST
    parts: FileParts = field(default_factory=FileParts)


def answers_from_file(path: Path) -> SetupAnswers:
    """Return the answers that a TOML or JSON file holds. Raises ConfigurationError naming what is wrong in it."""
    data = document_of(path)
    known = ("nav", "sales", "options", *PARTS)
    if unknown := sorted(set(data) - set(known)):
        raise _wrong(path, f"it has a part {unknown[0]!r}; the parts are {', '.join(known)}")
    nav = _part(path, data, "nav", NAV_KEYS)
    sales = _part(path, data, "sales", SALES_KEYS)
    options = _part(path, data, "options", OPTION_KEYS, required=False)
    mappings = options.get("mappings")
    if mappings is not None and not (isinstance(mappings, list) and all(isinstance(name, str) for name in mappings)):
        raise _wrong(path, "[options] mappings is no list of names")
    try:
        parts = file_parts(data)
    except ValueError as error:
        raise _wrong(path, str(error)) from error
    return SetupAnswers(
        nav=_nav(path, nav),
        sales=_sales(path, sales),
        mappings=tuple(mappings) if mappings is not None else None,
        enable=bool(options.get("enable", True)),
        default_price_list=str(options.get("default_price_list") or DEFAULT_PRICE_LIST),
        parts=parts,
    )


def answers_from_stand_ins(path: Path) -> SetupAnswers:
    """Return the answers for the stand-in servers, from the line that they print when they are ready, kept in a file."""
    data = document_of(path)
    try:
        nav, crm, authority = data["nav"], data["crm"], str(data["ca"])
        oauth = nav.get("oauth")
        flavour = Flavour.NAV2017 if str(nav["url"]).rstrip("/").endswith("/ODataV4") else Flavour.BC
        return SetupAnswers(
            nav=ConnectionAnswers(
                name=str(nav["company"]),
                flavour=flavour,
                address=str(nav["url"]).rstrip("/"),
                company=str(nav["company"]),
                auth_kind=AuthKind.OAUTH if oauth else AuthKind.BASIC,
                user=str(nav["user"]),
                secret=str(oauth["client_secret"] if oauth else nav["key"]),
                client_id=str(oauth["client_id"]) if oauth else "",
                authority=str(oauth["token_url"]) if oauth else "",
                scope=str(oauth["scope"]) if oauth else "",
                ca_file=authority,
            ),
            sales=ConnectionAnswers(
                name="Dynamics 365 for Sales",
                flavour=Flavour.SALES,
                address=environment_address(str(crm["url"])),
                auth_kind=AuthKind.CLIENT_SECRET,
                secret=str(crm["client_secret"]),
                client_id=str(crm["client_id"]),
                authority=tenant_authority(str(crm["authority"]), str(crm["tenant"])),
                ca_file=authority,
            ),
        )
    except (KeyError, TypeError) as error:
        raise _wrong(path, f"it does not hold the line that the stand-in servers print (missing: {error})") from error


def document_of(path: Path) -> dict[str, Any]:
    """Return the object that a TOML or JSON file holds. Raises ConfigurationError."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise _wrong(path, f"it cannot be read: {error.strerror}") from error
    try:
        data = json.loads(text) if path.suffix == ".json" or text.lstrip().startswith("{") else tomllib.loads(text)
    except (json.JSONDecodeError, tomllib.TOMLDecodeError) as error:
        raise _wrong(path, f"it is neither TOML nor JSON: {error}") from error
    if not isinstance(data, dict):
        raise _wrong(path, "it holds no object")
    return data


def _wrong(path: Path, what: str) -> ConfigurationError:
    return ConfigurationError(
        f"The set-up file {path.name} cannot be used: {what}. docs/setup.schema.json says what belongs in it.",
        code="setup_file",
    )


def _part(
    path: Path, data: dict[str, Any], name: str, keys: frozenset[str], *, required: bool = True
) -> dict[str, Any]:
    part = data.get(name)
    if part is None and not required:
        return {}
    if not isinstance(part, dict):
        raise _wrong(path, f"the part [{name}] is missing")
    if unknown := sorted(set(part) - keys):
        raise _wrong(path, f"[{name}] has {unknown[0]!r}, which is not known; known are {', '.join(sorted(keys))}")
    return part


def _need(path: Path, part: dict[str, Any], name: str, *keys: str) -> None:
    for key in keys:
        if not part.get(key):
            raise _wrong(path, f"[{name}] has no {key}")


def _nav(path: Path, part: dict[str, Any]) -> ConnectionAnswers:
    flavour = str(part.get("flavour") or Flavour.NAV2017)
    if flavour not in (Flavour.NAV2017, Flavour.BC):
        raise _wrong(path, f"[nav] flavour is {flavour!r}; it is nav2017 or bc")
    kind = str(part.get("auth") or AuthKind.BASIC)
    if kind not in (AuthKind.BASIC, AuthKind.OAUTH):
        raise _wrong(path, f"[nav] auth is {kind!r}; it is basic or oauth")
    is_oauth = kind == AuthKind.OAUTH
    _need(
        path,
        part,
        "nav",
        "url",
        "company",
        *(("token_url", "client_id", "client_secret") if is_oauth else ("user", "key")),
    )
    return ConnectionAnswers(
        name=str(part.get("name") or part["company"]),
        flavour=flavour,
        address=str(part["url"]).strip().rstrip("/"),
        company=str(part["company"]),
        auth_kind=kind,
        user=str(part.get("user") or ""),
        secret=secret_of(str(part["client_secret" if is_oauth else "key"]), "[nav]"),
        client_id=str(part.get("client_id") or ""),
        authority=str(part.get("token_url") or ""),
        scope=str(part.get("scope") or ""),
        ca_file=str(part.get("ca") or ""),
        services=dict(part.get("services") or {}),
    )


_SALES_SECRETS = {
    AuthKind.CLIENT_SECRET: "client_secret",
    AuthKind.CERTIFICATE: "certificate",
    AuthKind.PASSWORD: "password",
}


def _sales(path: Path, part: dict[str, Any]) -> ConnectionAnswers:
    kind = str(part.get("auth") or AuthKind.CLIENT_SECRET)
    if kind not in _SALES_SECRETS:
        raise _wrong(path, f"[sales] auth is {kind!r}; it is client_secret, certificate or password")
    secret_key = _SALES_SECRETS[AuthKind(kind)]
    _need(path, part, "sales", "url", "tenant", "client_id", secret_key)
    if kind == AuthKind.PASSWORD:
        _need(path, part, "sales", "user")
    return ConnectionAnswers(
        name=str(part.get("name") or "Dynamics 365 for Sales"),
        flavour=Flavour.SALES,
        address=environment_address(str(part["url"])),
        auth_kind=kind,
        user=str(part.get("user") or ""),
        secret=secret_of(str(part[secret_key]), "[sales]"),
        client_id=str(part["client_id"]),
        authority=tenant_authority(
            str(part.get("authority") or "https://login.microsoftonline.com"), str(part["tenant"])
        ),
        thumbprint=str(part.get("thumbprint") or ""),
        ca_file=str(part.get("ca") or ""),
    )


def environment_address(text: str) -> str:
    """Return an environment's address from what a person pastes: scheme and host of the browser's address.

    Raises ConfigurationError for text without a host.
    """
    text = text.strip()
    parts = urlsplit(text if "://" in text else f"https://{text}")
    if not parts.hostname:
        raise ConfigurationError(
            f"{text!r} is not the address of a Sales environment. Copy it from the browser: https://yours.crm4.dynamics.com."
        )
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"


def tenant_authority(authority: str, tenant: str) -> str:
    """Return the identity server's address with its tenant."""
    authority = authority.rstrip("/")
    return authority if authority.endswith(f"/{tenant}") else f"{authority}/{tenant}"

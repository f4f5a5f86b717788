"""Connections as the draft describes them: unsaved ones to look with, and the stored ones that the proof works on."""

import hashlib
from pathlib import Path
from typing import Any

from cryptography import x509
from django.conf import settings

from connector.models import AuthKind, Connection, Flavour, Side
from setup_wizard.answers import ConnectionAnswers
from setup_wizard.models import SetupDraft
from setup_wizard.services import connection_store

STEP_OF = {Side.ERP.value: "nav", Side.CRM.value: "sales"}
# A kept secret is for one server and one account: when these change, it has to be entered again, so that nobody can send it
# to an address of his own.
BOUND_TO = ("address", "auth_kind", "user", "client_id", "authority")


def stored(side: str) -> Connection | None:
    """Return the stored connection of a side."""
    return Connection.objects.filter(side=side).order_by("pk").first()


def are_enabled() -> bool:
    """Tell whether a connection is in use, so that addresses and credentials cannot be changed (reference 3.7)."""
    return any(connection.is_enabled for connection in Connection.objects.all())


def answers_from_stored(side: str) -> dict[str, Any]:
    """Return a step's values from what is set up already, without the secret; empty when nothing is."""
    connection = stored(side)
    if connection is None:
        return {}
    names = ("address", "company", "auth_kind", "user", "client_id", "authority", "scope", "thumbprint", "ca_file")
    return {name: getattr(connection, name) for name in names}


def secret_kept(draft: SetupDraft, side: str, values: dict[str, Any]) -> str:
    """Return the secret that goes with these values: of the draft, or of the stored connection; empty when it does not fit."""
    step = STEP_OF[side]
    text = draft.secret_text(step)
    if text:
        return text if draft.secret_text(f"{step}.bound") == bound_to(values) else ""
    connection = stored(side)
    if connection is None or not connection.secret:
        return ""
    return connection.secret_text() if bound_to(answers_from_stored(side)) == bound_to(values) else ""


def bound_to(values: dict[str, Any]) -> str:
    """Return what a secret is bound to, as one text."""
    return "\n".join(str(values.get(name) or "").strip().rstrip("/").lower() for name in BOUND_TO)


def connection_of(draft: SetupDraft, side: str, values: dict[str, Any] | None = None) -> Connection:
    """Return the connection that a step describes, unsaved, with its secret."""
    values = values if values is not None else dict(draft.answers.get(STEP_OF[side]) or {})
    connection = Connection(side=side, name="NAV" if side == Side.ERP else "Sales")
    found = values.get("found") or {}
    connection.flavour = found.get("flavour") or (Flavour.SALES if side == Side.CRM else Flavour.NAV2017)
    connection.address = values.get("address") or ""
    for name in ("company", "user", "client_id", "authority", "scope", "thumbprint", "ca_file"):
        setattr(connection, name, values.get(name) or "")
    connection.auth_kind = values.get("auth_kind") or (AuthKind.BASIC if side == Side.ERP else AuthKind.CLIENT_SECRET)
    connection.secret_set(secret_kept(draft, side, values))
    return connection


def connections_keep(draft: SetupDraft) -> tuple[Connection, Connection]:
    """Store both connections of the draft, disabled; those that are in use stay as they are."""
    if are_enabled():
        nav, sales = stored(Side.ERP), stored(Side.CRM)
        assert nav and sales
        return nav, sales
    return _keep(draft, Side.ERP), _keep(draft, Side.CRM)


def _keep(draft: SetupDraft, side: Side) -> Connection:
    made = connection_of(draft, side)
    before = stored(side)
    chosen = before.setting("services_chosen", {}) if before else {}
    return connection_store(
        side,
        ConnectionAnswers(
            name=made.company if side == Side.ERP else "Dynamics 365 for Sales",
            flavour=made.flavour,
            address=made.address,
            auth_kind=made.auth_kind,
            secret=made.secret_text(),
            company=made.company,
            user=made.user,
            client_id=made.client_id,
            authority=made.authority,
            scope=made.scope,
            thumbprint=made.thumbprint,
            ca_file=made.ca_file,
            services=chosen,
        ),
    )


def authority_file_keep(pem: bytes) -> str:
    """Keep an uploaded certificate authority and return its path. Raises ValueError for what holds no certificate."""
    x509.load_pem_x509_certificates(pem)
    folder = Path(settings.STATE_DIR) / "certificates"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{hashlib.sha256(pem).hexdigest()[:32]}.pem"
    path.write_bytes(pem)
    return str(path)

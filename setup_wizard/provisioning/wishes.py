"""What a person wants arranged in Sales; kept without secrets on the parts of Finish."""

import uuid
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from connector.models import AuthKind, Connection


@dataclass(frozen=True, slots=True)
class ProvisionWishes:
    """The choices of the wizard's steps Administrator account, Integration user and What to synchronize.

    `integration_user` is an e-mail address or an application id; empty means the account that the connection signs in with.
    `order_user` is who handles sales orders, an e-mail address or an application id: empty means the integration user.
    `own_solution` is the path of a solution package that was uploaded; None imports ours.
    """

    import_solution: bool = True
    own_solution: str | None = None
    integration_user: str = ""
    sales_order_integration: bool = False
    order_user: str = ""

    def to_json(self) -> dict[str, Any]:
        """Return the wishes as plain values."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "ProvisionWishes":
        """Return the wishes from plain values; what is not known is left out."""
        known = {name: data[name] for name in cls.__dataclass_fields__ if name in data}
        return cls(**known)


def account_of(sales: Connection, wanted: str = "") -> str:
    """Return the account that is asked for, or the one that the connection signs in with: e-mail or application id."""
    if wanted.strip():
        return wanted.strip()
    return sales.user if sales.auth_kind == AuthKind.PASSWORD else sales.client_id


def is_application_id(text: str) -> bool:
    """Whether a text is an application id and no e-mail address."""
    try:
        uuid.UUID(text)
    except ValueError:
        return False
    return True

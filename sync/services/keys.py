"""Web service access keys: made, cleared and checked. A key is shown once; only its digest is kept.

A key is 32 random bytes, so a plain SHA-256 of it cannot be guessed back. Its form, 44 characters, is that of the product's
own keys (connection-setup reference, 4.4). The key says who asks; what that person may see is the roles' affair.
"""

import base64
import hashlib
import hmac
import secrets
from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from sync.models import AuditEvent, WebServiceAccessKey

KEY_BYTES = 32
# What an unknown name is compared with, so that it takes as long as a known one.
_NOBODY = hashlib.sha256(secrets.token_bytes(KEY_BYTES)).hexdigest()


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()


@transaction.atomic
def key_change(person: User, expires_at: datetime | None, who: str) -> str:
    """Give a person a new key and return it; the former one stops working at once. None never expires."""
    key = base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode()
    WebServiceAccessKey.objects.update_or_create(
        user=person,
        defaults={
            "digest": _digest(key),
            "expires_at": expires_at,
            "changed_at": timezone.now(),
            "changed_by": who,
        },
    )
    details = {"expires": expires_at.isoformat() if expires_at else "never"}
    AuditEvent.objects.create(who=who, what="key_change", on_what=person.get_username(), details=details)
    return key


@transaction.atomic
def key_clear(person: User, who: str) -> None:
    """Take a person's key away; nothing happens when there is none."""
    gone, _rows = WebServiceAccessKey.objects.filter(user=person).delete()
    if gone:
        AuditEvent.objects.create(who=who, what="key_clear", on_what=person.get_username())


def key_check(user_name: str, key: str) -> User | None:
    """Return the active person whose unexpired key this is, or None. Takes as long for a wrong name as for a wrong key."""
    held = WebServiceAccessKey.objects.select_related("user").filter(user__username=user_name).first()
    is_same = hmac.compare_digest(held.digest if held else _NOBODY, _digest(key))
    if held is None or not is_same or not held.user.is_active:
        return None
    if held.expires_at is not None and held.expires_at <= timezone.now():
        return None
    return held.user

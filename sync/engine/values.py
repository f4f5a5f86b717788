"""Values in canonical form, so that two systems' spellings of the same fact are equal.

None stands for empty (NAV's "" and 0001-01-01, Dataverse's null). Decimals are text without exponent or trailing zeros:
binary floats never decide whether something changed.
"""

import unicodedata
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

Canonical = str | int | bool | None

NUMBER_KINDS = frozenset({"integer", "option", "state"})
REFERENCE_KINDS = frozenset({"lookup", "currency", "owner", "base_unit"})
EMPTY_DATE = "0001-01-01"
EMPTY_GUID = "00000000-0000-0000-0000-000000000000"


def decimal_text(value: Any) -> str | None:
    """Return a number as plain decimal text ("12.5"), or None for empty or for what is no number."""
    if value is None or value == "":
        return None
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return None
    if not number.is_finite():
        return None
    if number == 0:
        return "0"
    return format(number.normalize(), "f")


def rounded(value: str | None, places: int | None) -> str | None:
    """Return decimal text rounded half up to `places` decimals; None leaves it as it is."""
    if value is None or places is None:
        return value
    return decimal_text(Decimal(value).quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP))


def _text(value: Any) -> str | None:
    text = str(value).strip() if value is not None else ""
    return text or None


def _moment(value: Any) -> str | None:
    text = _text(value)
    if text is None or text.startswith(EMPTY_DATE):
        return None
    try:
        moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        return text
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _date(value: Any) -> str | None:
    text = _text(value)
    return None if text is None or text.startswith(EMPTY_DATE) else text[:10]


def _identity(value: Any) -> str | None:
    text = _text(value)
    return None if text is None or text == EMPTY_GUID else text.lower()


def canonical_erp(kind: str, value: Any) -> Canonical:
    """Return an ERP wire value in canonical form; lookups and choices are codes there, so text."""
    if kind in REFERENCE_KINDS or kind == "option" or kind == "code":
        text = _text(value)
        return text.upper() if text else None
    if kind == "state":
        return value if isinstance(value, bool) else _text(value)
    return _plain(kind, value)


def canonical_crm(kind: str, value: Any) -> Canonical:
    """Return a CRM wire value in canonical form; lookups are lower-case ids there, options and states numbers."""
    if kind in REFERENCE_KINDS:
        text = _text(value)
        return text if text and text.startswith("new:") else _identity(text)
    if kind in NUMBER_KINDS:
        return None if value is None or value == "" else int(value)
    if kind == "code":
        return _text(value)
    return _plain(kind, value)


def _plain(kind: str, value: Any) -> Canonical:
    if kind == "decimal":
        return decimal_text(value)
    if kind == "integer":
        return None if value is None or value == "" else int(value)
    if kind == "boolean":
        return None if value is None else bool(value)
    if kind == "date":
        return _date(value)
    if kind == "datetime":
        return _moment(value)
    return _text(value)


def match_key(value: Any, *, case_sensitive: bool = False) -> str:
    """Return the form in which two values count as the same when records are matched: NFC, trimmed, case-folded.

    Runs of blanks count as one. Empty values give "", which matches nothing. At most 250 characters.
    """
    if value is None:
        return ""
    text = " ".join(unicodedata.normalize("NFC", str(value)).split())
    return (text if case_sensitive else text.casefold())[:250]


def joined_key(parts: list[Any], *, case_sensitive: bool = False) -> str:
    """Return the match key of several columns together; "" when any of them is empty."""
    keys = [match_key(part, case_sensitive=case_sensitive) for part in parts]
    return "|".join(keys)[:250] if all(keys) else ""

"""Search: records by number or name, and pages by title, in one list."""

from dataclasses import dataclass

from django.contrib.auth.models import AnonymousUser, User
from django.urls import reverse
from django.utils.functional import Promise

from connector.models import Side
from sync.models import MirrorRecord
from sync.selectors.paging import starts_with
from sync.selectors.record_lists import BY_TABLE, LISTS

RECORDS_SHOWN = 8
SHORTEST_NAME = 2


@dataclass(frozen=True, slots=True)
class Hit:
    """One thing found."""

    title: str | Promise
    kind: str | Promise
    url: str
    icon: str


def record_hits(text: str, user: User | AnonymousUser) -> list[Hit]:
    """Return NAV records whose number or name starts with the text."""
    if not text or not user.has_perm("sync.view_mirrorrecord"):
        return []
    condition = starts_with("number", text.upper()) | starts_with("number", text)
    if len(text) >= SHORTEST_NAME:
        for spelling in dict.fromkeys((text, text[:1].upper() + text[1:], text.title(), text.upper())):
            condition |= starts_with("name", spelling)
    records = (
        MirrorRecord.objects.filter(
            condition,
            mirror_table__connection__side=Side.ERP,
            mirror_table__table__in=[item.table for item in LISTS],
            deleted_at__isnull=True,
        )
        .select_related("mirror_table")
        .order_by("number")[:RECORDS_SHOWN]
    )
    hits = []
    for record in records:
        item = BY_TABLE[record.mirror_table.table]
        title = f"{record.number or record.key} {record.name}".strip()
        hits.append(Hit(title, item.nav_title, reverse("sync:record", args=[item.slug, record.key]), item.icon))
    return hits

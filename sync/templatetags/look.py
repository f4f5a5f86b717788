"""Tags and filters that place looks, sides, numbers and times; no decisions here beyond wording a moment."""

from datetime import datetime, timedelta
from typing import Any

from django import template
from django.utils import formats, timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from sync.selectors.sentences import sentence as sentence_text
from sync.tables.looks import Look, run_look

register = template.Library()

_SIDES = {"erp": ("nav", "N", "NAV"), "crm": ("sales", "S", "Sales")}
_ARROWS = {"to": "→", "from": "←", "both": "⇄"}


@register.simple_tag
def glyph(name: str, label: str = "") -> SafeString:
    """Return one of our ten glyphs; with a label it is an image, else decoration."""
    if label:
        return format_html('<svg class="glyph" role="img" aria-label="{}"><use href="#g-{}"/></svg>', label, name)
    return format_html('<svg class="glyph" aria-hidden="true"><use href="#g-{}"/></svg>', name)


@register.simple_tag
def status(look: Look, href: str = "", kind: str = "", id: str = "") -> SafeString:
    """Return a status: glyph, word, colour. `kind` is "", "badge" or "wrap"; a link when `href` is given."""
    inner = format_html('{}<span class="word">{}</span>', glyph(look.glyph), look.word)
    css = f"status is-{look.tone} {kind}".strip()
    ident = format_html(' id="{}"', id) if id else ""
    if href:
        return format_html('<a class="{}" href="{}"{}>{}</a>', css, href, ident, inner)
    return format_html('<span class="{}"{}>{}</span>', css, ident, inner)


@register.simple_tag
def side(name: str, word: bool = False) -> SafeString:
    """Return the marker of a side ("erp" or "crm"); the name is hidden text unless `word` is asked for."""
    css, letter, text = _SIDES[name]
    shown = format_html(" {}", text) if word else format_html('<span class="sr">{}</span>', text)
    return format_html('<span class="side side-{}" aria-hidden="true">{}</span>{}', css, letter, shown)


@register.simple_tag
def direction(way: str) -> SafeString:
    """Return a direction as N → S, N ← S or N ⇄ S."""
    return format_html('<span class="nowrap">{} {} {}</span>', side("erp"), _ARROWS[way], side("crm"))


@register.filter
def number(value: Any) -> str:
    """Return a whole number with thousands in the person's language; blank for None."""
    if value is None or value == "":
        return ""
    return str(formats.number_format(value, force_grouping=True, use_l10n=True))


def moment_text(value: datetime | None, exact: bool = False) -> str:
    """Return a time: today "13:41", this year "2 Nov 13:41", else with the year; `exact` adds the seconds."""
    if value is None:
        return ""
    local = timezone.localtime(value)
    now = timezone.localtime()
    clock = formats.date_format(local, "H:i:s" if exact else "H:i")
    if local.date() == now.date():
        return clock
    return f"{formats.date_format(local, 'j M' if local.year == now.year else 'j M Y')} {clock}"


@register.filter
def moment(value: datetime | None, exact: bool = False) -> SafeString | str:
    """Return a time in words with the full time and zone on hover."""
    if value is None:
        return ""
    local = timezone.localtime(value)
    full = f"{formats.date_format(local, 'DATE_FORMAT')} {local:%H:%M:%S} {local.tzname()}"
    return format_html('<time datetime="{}" title="{}">{}</time>', value.isoformat(), full, moment_text(value, exact))


def age_text(value: datetime | None) -> str:
    """Return how long ago something was."""
    if value is None:
        return _("never")
    seconds = max(0, int((timezone.now() - value).total_seconds()))
    if seconds < 10:
        return _("just now")
    if seconds < 90:
        return _("%(number)s s ago") % {"number": seconds}
    if seconds < 5400:
        return _("%(number)s min ago") % {"number": round(seconds / 60)}
    if seconds < 129_600:
        return _("%(number)s h ago") % {"number": round(seconds / 3600)}
    days = round(seconds / 86_400)
    return ngettext("%(number)s day ago", "%(number)s days ago", days) % {"number": days}


@register.filter
def age(value: datetime | None) -> str:
    """Return how long ago something was."""
    return age_text(value)


def duration_text(seconds: float | timedelta | None) -> str:
    """Return a length of time: seconds up to 90, then minutes and seconds, then hours and minutes."""
    if seconds is None:
        return ""
    if isinstance(seconds, timedelta):
        seconds = seconds.total_seconds()
    whole = max(0, round(seconds))
    if 0 < seconds < 1:
        return _("%(number)s ms") % {"number": round(seconds * 1000)}
    if whole <= 90:
        return _("%(number)s s") % {"number": whole}
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return _("%(minutes)s min %(seconds)s s") % {"minutes": minutes, "seconds": rest}
    hours, minutes = divmod(minutes, 60)
    return _("%(hours)s h %(minutes)s min") % {"hours": hours, "minutes": minutes}


@register.filter
def duration(seconds: float | timedelta | None) -> str:
    """Return a length of time in words."""
    return duration_text(seconds)


@register.filter
def value(value: Any) -> SafeString | str:
    """Return a field's value as a person reads it; blank is said."""
    return value_text(value)


def value_text(value: Any) -> SafeString | str:
    """Return a field's value as a person reads it; blank is said."""
    if value is None or value == "":
        return format_html('<span class="faint">{}</span>', _("(blank)"))
    if value is True:
        return _("Yes")
    if value is False:
        return _("No")
    return str(value)


@register.filter
def sentence(value: Any) -> str:
    """Return a stored English sentence in the language of the page."""
    return sentence_text(str(value or ""))


@register.filter
def person(value: str) -> str:
    """Return who did something; work that nobody at a page started is said so."""
    return {"": "–", "command line": _("command line")}.get(value, value)


@register.simple_tag
def run_status(run: Any) -> Look:
    """Return the look of a run in a list: what it wrote, or how it ended."""
    look = run_look(run.status, paused=run.pause_requested, preview=run.preview)
    waiting, failed = getattr(run, "waiting_count", 0) or 0, getattr(run, "failed_count", 0) or 0
    if look.glyph == "warn" and (failed or waiting):
        parts = [_("%(number)s failed") % {"number": number(failed)}] if failed else []
        parts += [_("%(number)s wait") % {"number": number(waiting)}] if waiting else []
        return look.saying(", ".join(parts))
    if look.glyph == "ok" and not run.preview:
        written = getattr(run, "written", 0) or 0
        return look.saying(
            ngettext("%(number)s record", "%(number)s records", written) % {"number": number(written)}
            if written
            else _("nothing new")
        )
    return look

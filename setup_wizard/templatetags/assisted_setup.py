"""What other pages show of the assisted set-up; they load this tag, since sync does not know the set-up."""

from typing import Any

from django import template

from connector.models import Connection
from setup_wizard import steps
from setup_wizard.storage import draft_latest
from sync.models import Coupling

register = template.Library()
PERMISSION = "connector.change_connection"


@register.inclusion_tag("setup_wizard/_home_box.html", takes_context=True)
def assisted_setup_box(context: dict[str, Any]) -> dict[str, Any]:
    """Show the entry of *Assisted Setup* with its state, as a FactBox."""
    return _state(context)


@register.inclusion_tag("setup_wizard/_home_call.html", takes_context=True)
def assisted_setup_call(context: dict[str, Any]) -> dict[str, Any]:
    """Show the way to begin, or to go on, above everything else while nothing is connected yet."""
    return _state(context)


def _state(context: dict[str, Any]) -> dict[str, Any]:
    """Return what both tags show, read once per page."""
    request = context["request"]
    if not request.user.has_perm(PERMISSION):
        return {"is_shown": False}
    if not hasattr(request, "assisted_setup_state"):
        request.assisted_setup_state = _read()
    state: dict[str, Any] = request.assisted_setup_state
    return state


def _read() -> dict[str, Any]:
    latest = draft_latest()
    draft = latest if latest and latest.finished_at is None else None
    finished = latest if draft is None else None
    enabled = Connection.objects.filter(state="enabled").count()
    shown = steps.shown_steps(draft) if draft else []
    place = next((number for number, step in enumerate(shown, 1) if draft and step.key == steps.first_open(draft)), 1)
    orders = ((finished.answers.get("tables") or {}) if finished else {}).get("sales_order_integration")
    return {
        "is_shown": True,
        "draft": draft,
        "is_connected": enabled >= 2,
        "place": place,
        "count": len(shown),
        "step": shown[place - 1] if shown else None,
        "salespeople": Coupling.objects.filter(mapping__name="SALESPEOPLE").count() if enabled else 0,
        "has_orders": bool(orders),
    }

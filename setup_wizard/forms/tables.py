"""Step What to synchronize: tables with what they bring along, directions, availability, orders, schedule, conflicts."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from connector.models import AuthKind, Side
from setup_wizard.choices import DEFAULTS, completed, unserved, ways_of, words_of
from setup_wizard.connections import connection_of
from setup_wizard.discovery.nav import nav_look
from setup_wizard.forms.base import StepForm, need
from setup_wizard.guard import look_counted, problem_told
from sync.choices import UpdateConflict
from sync.selectors.sentences import sentence

AVAILABILITY_SERVICE = "ProductItemAvailability"
SCHEDULES = [
    ("standard", gettext_lazy("As each table needs it: every 30 minutes (recommended)")),
    ("5", gettext_lazy("Every 5 minutes")),
    ("15", gettext_lazy("Every 15 minutes")),
    ("60", gettext_lazy("Every hour")),
    ("manual", gettext_lazy("Not by itself: only when somebody starts it")),
]
POLICIES = [
    (UpdateConflict.ASK, gettext_lazy("Ask a person (recommended): both values wait, and somebody chooses")),
    (UpdateConflict.ERP, gettext_lazy("NAV wins")),
    (UpdateConflict.CRM, gettext_lazy("Sales wins")),
    (UpdateConflict.NEWEST, gettext_lazy("The newest change wins")),
]


class TablesForm(StepForm):
    """Which mappings, and how."""

    secret_fields = {"odata_key": "odata"}
    item_availability = forms.BooleanField(
        label=gettext_lazy("Publish Item Availability Web Service"),
        required=False,
        help_text=gettext_lazy("Salespeople see NAV's inventory while they add a product to an order."),
    )
    odata_user = forms.CharField(
        label=gettext_lazy("Dynamics NAV OData Web Service User Name"),
        required=False,
        max_length=150,
        help_text=gettext_lazy("A NAV user that may only read. It needs a web service access key."),
    )
    odata_key = forms.CharField(
        label=gettext_lazy("Dynamics NAV OData Web Service Access Key"),
        required=False,
        max_length=250,
        widget=forms.PasswordInput,
        help_text=gettext_lazy(
            "Make it on the User Card in NAV with Change Web Service Key; a former key stops working then. The key is written to "
            "Sales, where everybody who may read the connection table can read it."
        ),
    )
    sales_order_integration = forms.BooleanField(
        label=gettext_lazy("Enable Sales Order Integration"),
        required=False,
        help_text=gettext_lazy(
            "Orders that salespeople submit in Sales become sales orders in NAV. Needs an administrator once."
        ),
    )
    order_user = forms.CharField(
        label=gettext_lazy("User who handles sales orders"),
        required=False,
        max_length=200,
        help_text=gettext_lazy(
            "Leave it empty for the integration user, or enter the e-mail address of another user of Sales."
        ),
    )
    schedule = forms.ChoiceField(
        label=gettext_lazy("How often?"), choices=SCHEDULES, initial="standard", required=False
    )
    conflicts = forms.ChoiceField(
        label=gettext_lazy("When both sides changed the same field"),
        choices=POLICIES,
        initial=UpdateConflict.ASK,
        required=False,
        widget=forms.RadioSelect,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        chosen = (self.initial or {}).get("mappings")
        services = ((self.draft.answers.get("nav") or {}).get("found") or {}).get("services") or []
        self.unserved = unserved(services)
        for number, (name, default) in enumerate(DEFAULTS.items()):
            words = words_of(name)
            is_chosen = name in chosen if chosen is not None else not self._is_impossible(name)
            way = chosen.get(name) if isinstance(chosen, dict) else ""
            self.fields[f"take_{number}"] = forms.BooleanField(
                label=str(words.title), help_text=str(words.text), required=False, initial=is_chosen
            )
            self.fields[f"way_{number}"] = forms.ChoiceField(
                label=_("Direction of %(name)s") % {"name": words.title},
                choices=ways_of(default),
                required=False,
                initial=way or default.way,
                widget=forms.Select(attrs={"class": "input"}),
            )

    def _is_impossible(self, name: str) -> bool:
        from setup_wizard.choices import brought_along

        return any(needed in self.unserved for needed in (name, *brought_along(name)))

    def rows(self) -> list[dict[str, Any]]:
        """Return what the page shows per table: its two fields, what it brings along with the reason, what is missing."""
        shown = []
        for number, (name, default) in enumerate(DEFAULTS.items()):
            needs = [
                (words_of(needed).title, words_of(needed).why) for needed in default.depends_on if needed in DEFAULTS
            ]
            shown.append(
                {
                    "name": name,
                    "default": default,
                    "take": self[f"take_{number}"],
                    "way": self[f"way_{number}"],
                    "needs": needs,
                    "only_way": len(ways_of(default)) == 1,
                    "missing": self.unserved.get(name, []),
                }
            )
        return shown

    def clean(self) -> dict[str, Any]:
        """Complete the choice by what it needs, and say what was added."""
        super().clean()
        data = self.cleaned_data
        chosen = {
            name: data.get(f"way_{number}") or str(default.way)
            for number, (name, default) in enumerate(DEFAULTS.items())
            if data.get(f"take_{number}")
        }
        data["mappings"], self.added = completed(chosen)
        if not chosen:
            self.add_error(None, _("Choose at least one table to synchronize."))
        for name in data["mappings"]:
            for service in self.unserved.get(name, []):
                number = list(DEFAULTS).index(name)
                self.add_error(
                    f"take_{number}",
                    _(
                        "NAV does not publish the page for %(table)s, which %(name)s needs. Publish it, or leave this table out."
                    )
                    % {"table": service["caption"], "name": words_of(name).title},
                )
        data["schedule"] = data.get("schedule") or "standard"
        data["conflicts"] = data.get("conflicts") or UpdateConflict.ASK
        return data

    def answers(self) -> dict[str, Any]:
        """Keep the choice as mapping name -> direction, not as fields."""
        kept = super().answers()
        return {name: value for name, value in kept.items() if not name.startswith(("take_", "way_"))}

    def look(self, action: str) -> bool:
        """Try the OData user's key on NAV, where item availability is wanted."""
        if self.cleaned_data.get("item_availability"):
            self._availability()
        return not self.errors

    def _availability(self) -> None:
        nav = connection_of(self.draft, Side.ERP)
        if nav.auth_kind != AuthKind.BASIC:
            self.add_error(
                "item_availability",
                _(
                    "This way needs a web service access key, which Business Central online has no longer. Leave it off."
                ),
            )
            return
        user = self.cleaned_data.get("odata_user") or nav.user
        self.cleaned_data["odata_user"] = user
        key = self.cleaned_data.get("odata_key") or self.draft.secret_text("odata")
        if not key and user == nav.user:
            key = nav.secret_text() if nav.secret else ""
        need(self, "odata_user")
        if not key:
            self.add_error("odata_key", _("Enter the web service access key of this user."))
        if self.errors:
            return
        nav.user = user
        nav.secret_set(key)
        finding = nav_look(nav)
        if not finding.ok:
            look_counted(self.user_id, finding.code)
            told, advice = problem_told(finding.code, sentence(finding.problem), sentence(finding.todo))
            self.problem("odata_key", told, advice)
        else:
            self.found = {**self.found, "odata_tested": True}

"""What all steps share: fields with our look, values without secrets, secrets that are written and never shown."""

from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext as _

from setup_wizard.models import SetupDraft

MOST_BYTES = 200_000


class StepForm(forms.Form):
    """One step. `draft` is the open set-up; `look` asks the remote system once, after the entries themselves are right."""

    # Field -> name under which the draft keeps it; such a field's text is never sent back to the browser.
    secret_fields: ClassVar[dict[str, str]] = {}
    # Never kept at all.
    fleeting: ClassVar[tuple[str, ...]] = ()

    def __init__(self, *args: Any, draft: SetupDraft, user_id: int = 0, **kwargs: Any) -> None:
        kwargs.setdefault("label_suffix", "")
        kwargs["use_required_attribute"] = False
        super().__init__(*args, **kwargs)
        self.draft = draft
        self.user_id = user_id
        self.doubted: dict[str, Any] = {}
        self.found: dict[str, Any] = dict((self.initial or {}).get("found") or {})
        for name, field in self.fields.items():
            if isinstance(field.widget, forms.TextInput | forms.PasswordInput | forms.Textarea | forms.Select):
                field.widget.attrs.setdefault("class", "input")
            if isinstance(field.widget, forms.PasswordInput):
                field.widget.attrs.setdefault("autocomplete", "new-password" if name in self.secret_fields else "off")
            elif isinstance(field.widget, forms.TextInput):
                field.widget.attrs.setdefault("autocomplete", "off")
                field.widget.attrs.setdefault("spellcheck", "false")

    def add_error(self, field: str | None, error: Any) -> None:
        """Add an error, but remember the value: a field is kept as it was entered even when a look finds it wrong."""
        if field and field in self.cleaned_data:
            self.doubted[field] = self.cleaned_data[field]
        super().add_error(field, error)

    def answers(self) -> dict[str, Any]:
        """Return what the draft keeps: plain values as they were entered, and what a look found."""
        leave = {*self.secret_fields, *self.fleeting}
        kept = {name: value for name, value in {**self.doubted, **self.cleaned_data}.items() if name not in leave}
        return {**{name: value for name, value in (self.initial or {}).items() if name not in leave}, **kept} | {
            "found": self.found
        }

    def secrets(self) -> dict[str, str]:
        """Return the secrets that were entered now, by the name under which the draft keeps them."""
        entered = {**self.doubted, **self.cleaned_data}
        given = {name: str(entered.get(field) or "") for field, name in self.secret_fields.items()}
        return {name: text for name, text in given.items() if text}

    def look(self, action: str) -> bool:
        """Ask the remote system what the step needs to know; add errors. Return whether the step may be left."""
        return True

    def problem(self, field: str | None, problem: str, todo: str = "") -> None:
        """Add a problem with its advice to a field, or to the whole form."""
        self.add_error(field, f"{problem} {todo}".strip())


def need(form: StepForm, *names: str) -> None:
    """Add an error for each of these fields that is empty."""
    for name in names:
        if not form.cleaned_data.get(name) and name not in form.errors:
            form.add_error(name, _("Fill in %(field)s.") % {"field": form.fields[name].label})


class ContinueForm(StepForm):
    """A step without entries."""

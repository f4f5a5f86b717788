"""Forms of the pages about people and their keys."""

from datetime import timedelta
from typing import Any

from django import forms
from django.contrib.auth.models import User
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from sync.selectors.people import role_choices
from sync.services.people import NewPerson

# How long a key lives when nothing else is chosen.
KEY_DAYS = 365


class PlainForm(forms.Form):
    """A form whose fields have our look."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            if not isinstance(field.widget, forms.CheckboxInput):
                field.widget.attrs["class"] = "input"


class NameForm(PlainForm):
    """Name and e-mail of a person."""

    first_name = forms.CharField(label=_("First name"), max_length=150, required=False)
    last_name = forms.CharField(label=_("Last name"), max_length=150, required=False)
    email = forms.EmailField(
        label=_("E-mail"),
        required=False,
        help_text=_("The address of the organization's account, where people sign in with that."),
    )


class PersonForm(NameForm):
    """A new person."""

    username = forms.CharField(
        label=_("User Name"),
        max_length=150,
        widget=forms.TextInput(attrs={"autocapitalize": "none", "autocomplete": "off", "spellcheck": "false"}),
        validators=[UnicodeUsernameValidator()],
        help_text=_("What the person types to sign in: letters, digits and @ . + - _"),
    )
    role = forms.ChoiceField(label=_("Role"), required=False, choices=role_choices)
    field_order = ["username", "first_name", "last_name", "email", "role"]

    def clean_username(self) -> str:
        """Refuse a name that somebody has, whatever its capitals."""
        name = str(self.cleaned_data["username"])
        if User.objects.filter(username__iexact=name).exists():
            raise ValidationError(_("Somebody has this user name already. Choose another one."))
        return name

    @property
    def given(self) -> NewPerson:
        """What was asked for."""
        return NewPerson(**{name: self.cleaned_data[name] for name in NewPerson.__dataclass_fields__})


class RoleForm(PlainForm):
    """A person's role."""

    role = forms.ChoiceField(label=_("Role"), required=False, choices=role_choices)


class KeyForm(PlainForm):
    """*Set Web Service Access Key*: when the new key expires."""

    never_expires = forms.BooleanField(label=_("Key Never Expires"), required=False)
    expires_at = forms.DateTimeField(
        label=_("Key Expiration Date"),
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M"],
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        soon = timezone.localtime() + timedelta(days=KEY_DAYS)
        kwargs.setdefault("initial", {"expires_at": soon.replace(hour=0, minute=0, second=0, microsecond=0)})
        super().__init__(*args, **kwargs)

    def clean(self) -> dict[str, Any]:
        """Refuse no choice, and a time that is past."""
        given = super().clean() or {}
        if given.get("never_expires"):
            given["expires_at"] = None
        elif not self.has_error("expires_at"):
            if given.get("expires_at") is None:
                self.add_error("expires_at", _("Choose when the key expires, or that it never does."))
            elif given["expires_at"] <= timezone.now():
                self.add_error("expires_at", _("This time is past. A key must expire in the future."))
        return given

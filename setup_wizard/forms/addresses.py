"""What Sales is told about NAV: web client and OData address, and who asks for item availability."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

LONGEST = 250
"""Characters that the connection table takes (reference 4.3)."""
_is_url = URLValidator(schemes=["http", "https"])


class AddressForm(forms.Form):
    """The addresses are opened by salespeople's browsers and by Sales, never by us."""

    web_client_url = forms.CharField(
        label=gettext_lazy("Dynamics NAV Web Client URL"), required=False, max_length=LONGEST
    )
    odata_url = forms.CharField(
        label=gettext_lazy("Dynamics NAV OData Webservice URL"), required=False, max_length=LONGEST
    )
    odata_user = forms.CharField(
        label=gettext_lazy("Dynamics NAV OData Webservice Username"), required=False, max_length=LONGEST
    )
    odata_key = forms.CharField(
        label=gettext_lazy("Dynamics NAV OData Webservice Accesskey"),
        required=False,
        max_length=LONGEST,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=gettext_lazy("Empty keeps the key that Sales has. Sales stores it as readable text."),
    )

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **({"label_suffix": ""} | options))
        for field in self.fields.values():
            field.widget.attrs.setdefault("class", "input")
            field.widget.attrs.setdefault("spellcheck", "false")

    def clean_web_client_url(self) -> str:
        """Return the address, or refuse what no browser opens."""
        return _address(self.cleaned_data["web_client_url"])

    def clean_odata_url(self) -> str:
        """Return the address, or refuse what is none."""
        return _address(self.cleaned_data["odata_url"])

    def clean(self) -> dict[str, Any]:
        """A user without an address, or the other way round, would make item availability fail on every order line."""
        values = dict(super().clean() or {})
        if bool(values.get("odata_url")) != bool(values.get("odata_user")) and not self.errors:
            self.add_error(
                "odata_user" if values.get("odata_url") else "odata_url",
                _("Item availability needs both the address and a user, or neither."),
            )
        return values


def _address(text: str) -> str:
    text = text.strip()
    if text:
        try:
            _is_url(text)
        except ValidationError as error:
            raise ValidationError(_("Write the whole address, beginning with https://.")) from error
    return text

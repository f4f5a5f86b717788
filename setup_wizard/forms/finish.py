"""Steps Proof and Finish: hardly any entries, since everything was said before."""

from django import forms
from django.utils.translation import gettext_lazy

from setup_wizard.forms.administrator import PasswordForm
from setup_wizard.forms.base import StepForm


class ProofForm(StepForm):
    """The proof; a record in NAV is created only on request."""

    nav_round_trip = forms.BooleanField(
        label=gettext_lazy("Also create, change and remove one test record in NAV"),
        required=False,
        help_text=gettext_lazy("Uses up one number of a number series in NAV."),
    )


class FinishForm(PasswordForm):
    """The administrator's sign-in, asked for again because it was not kept."""

"""Step Dynamics 365 Sales: the environment's address, and how the integration signs in."""

from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from connector.errors import IntegrationError
from connector.models import AuthKind, Connection, Side
from setup_wizard.connections import bound_to
from setup_wizard.discovery.sales import SalesFinding, address_reduce, sales_look
from setup_wizard.forms.base import MOST_BYTES, need
from setup_wizard.forms.nav import ServerForm
from setup_wizard.provisioning.presence import solution_presence
from sync.selectors.sentences import sentence

# The application is known to the tenant, but is no user of the environment yet: the administrator's work creates it.
NO_USER_YET = "0x80072560"
FIELD_OF = dict.fromkeys("address_form html no_environment address_private address_credentials".split(), "address") | {
    "certificate": "ca_upload",
    "tenant": "authority",
}


class SalesForm(ServerForm):
    """The Sales environment."""

    side = Side.CRM
    secret_fields = {"secret": "sales", "certificate": "sales", "password": "sales"}
    fleeting: ClassVar[tuple[str, ...]] = ("ca_upload", "certificate")
    address = forms.CharField(
        label=gettext_lazy("Dynamics 365 for Sales URL"),
        max_length=2000,
        required=False,
        help_text=gettext_lazy(
            "Copy it from the browser while Sales is open, for example https://mycrm.crm4.dynamics.com. The rest of a longer "
            "address is cut off."
        ),
        widget=forms.TextInput(attrs={"inputmode": "url"}),
    )
    auth_kind = forms.ChoiceField(
        label=gettext_lazy("How do we sign in?"),
        choices=[
            (AuthKind.CLIENT_SECRET, gettext_lazy("Application with a client secret (the usual way)")),
            (AuthKind.CERTIFICATE, gettext_lazy("Application with a certificate")),
            (AuthKind.PASSWORD, gettext_lazy("User name and password, where your organization still allows it")),
        ],
        initial=AuthKind.CLIENT_SECRET,
        required=False,
        widget=forms.RadioSelect,
    )
    client_id = forms.CharField(
        label=gettext_lazy("Client ID"),
        max_length=100,
        required=False,
        help_text=gettext_lazy(
            "Microsoft Entra admin center, App registrations, your application: Application (client) ID."
        ),
    )
    secret = forms.CharField(
        label=gettext_lazy("Client secret"),
        required=False,
        max_length=2000,
        widget=forms.PasswordInput,
        help_text=gettext_lazy("Under Certificates & secrets of the same application: the value, not the ID."),
    )
    certificate = forms.FileField(
        label=gettext_lazy("Certificate with private key"),
        required=False,
        help_text=gettext_lazy("A PEM file with the private key and the certificate. It is kept encrypted."),
    )
    user = forms.CharField(
        label=gettext_lazy("User name"),
        max_length=150,
        required=False,
        help_text=gettext_lazy("The shared user of the synchronization, as an e-mail address. Not the administrator."),
    )
    password = forms.CharField(
        label=gettext_lazy("Password"), required=False, max_length=500, widget=forms.PasswordInput
    )
    authority = forms.CharField(
        label=gettext_lazy("Tenant address"),
        max_length=300,
        required=False,
        help_text=gettext_lazy("Leave it empty: the environment tells it."),
        widget=forms.TextInput(attrs={"inputmode": "url"}),
    )

    def clean_auth_kind(self) -> str:
        """Return the kind of sign-in; the usual one when none is sent."""
        return str(self.cleaned_data["auth_kind"] or AuthKind.CLIENT_SECRET)

    def clean_certificate(self) -> str:
        """Return the PEM text."""
        upload = self.cleaned_data["certificate"]
        if not upload:
            return ""
        text = upload.read(MOST_BYTES).decode("utf-8", "replace")
        if "PRIVATE KEY-----" not in text or "-----BEGIN CERTIFICATE-----" not in text:
            raise forms.ValidationError(
                _("The file has to hold both the private key and the certificate, in PEM form, without a password.")
            )
        return str(text)

    def clean_address(self) -> str:
        """Reduce a pasted address (reference 3.2)."""
        finding = address_reduce(self.cleaned_data["address"])
        if finding.problem:
            raise forms.ValidationError(sentence(finding.problem))
        self.found = {**self.found, "entered": finding.entered, "is_reduced": finding.is_reduced}
        return str(finding.address)

    def clean(self) -> dict[str, Any]:
        """Take the secret of the chosen kind of sign-in, and check the form of the user name."""
        super().clean()
        kind = self.cleaned_data.get("auth_kind")
        field = {AuthKind.CERTIFICATE.value: "certificate", AuthKind.PASSWORD.value: "password"}.get(
            str(kind), "secret"
        )
        for name in self.secret_fields:
            if name != field:
                self.cleaned_data[name] = ""
        if kind != AuthKind.PASSWORD:
            self.cleaned_data["user"] = ""
        elif self.cleaned_data.get("user") and "@" not in self.cleaned_data["user"]:
            self.add_error("user", _("The user name has to be an e-mail address."))
        self.secret_field = field
        return self.cleaned_data

    def secrets(self) -> dict[str, str]:
        """Return the secret of the chosen kind, bound to server and account."""
        entered = {**self.doubted, **self.cleaned_data}
        text = next((str(entered[name]) for name in self.secret_fields if entered.get(name)), "")
        return {"sales": text, "sales.bound": bound_to(self.answers())} if text else {}

    def look(self, action: str) -> bool:
        """Ask the environment for its tenant, try the sign-in, and see whether the solution is there."""
        is_user = self.cleaned_data.get("auth_kind") == AuthKind.PASSWORD
        need(self, "address", "client_id", *(("user",) if is_user else ()))
        secret = self.kept_secret()
        if not secret:
            self.add_error(
                self.secret_field, _("Enter the secret. A kept one is used only for the same address and account.")
            )
        if self.errors or not self.may_look():
            return False
        sales = self.connection(secret)
        finding = sales_look(sales)
        if not finding.ok and finding.code != NO_USER_YET:
            self.refused(finding.code, finding.problem, finding.todo, FIELD_OF.get(finding.code))
            return False
        self._found(sales, finding)
        return not self.errors

    def _found(self, sales: Connection, finding: SalesFinding) -> None:
        sales.address, sales.authority = finding.address, finding.authority or sales.authority
        self.cleaned_data |= {"address": finding.address, "authority": sales.authority}
        names = (
            "tenant organization organization_id user_id user_name version base_currency signed_in authority".split()
        )
        found = {name: getattr(finding, name) for name in names}
        found["no_user_yet"] = finding.code == NO_USER_YET
        if finding.signed_in:
            try:
                presence = solution_presence(sales)
                found |= {
                    "solution": presence.installed,
                    "solution_version": presence.version,
                    "own_version": presence.own_version,
                    "is_older": presence.is_older,
                    "legacy": presence.legacy,
                    "usable": presence.usable,
                }
            except IntegrationError as error:
                # Without any role the user may not look; then the administrator's work tells.
                found["presence_problem"] = str(error)
        self.found = {**{name: self.found.get(name) for name in ("entered", "is_reduced")}, **found}

"""Step Dynamics NAV: address, sign-in, company; the companies and page services are looked up."""

from dataclasses import asdict
from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from connector.errors import IntegrationError
from connector.models import AuthKind, Connection, Side
from setup_wizard.connections import authority_file_keep, bound_to, connection_of, secret_kept
from setup_wizard.discovery.nav import NavFinding, nav_look, services_look
from setup_wizard.forms.base import MOST_BYTES, StepForm, need
from setup_wizard.guard import TooManyLooks, look_allowed, look_counted, problem_told
from sync.selectors.sentences import sentence

# Where a problem is shown; others stand above the form.
FIELD_OF = dict.fromkeys(
    "address_form no_instance wrong_instance 405 html windows_only address_private address_credentials".split(),
    "address",
) | {"certificate": "ca_upload", "Authentication_InvalidCredentials": "secret"}


class ServerForm(StepForm):
    """What both systems' steps share: a certificate authority of one's own, a kept secret, a counted look."""

    side = Side.ERP
    ca_upload = forms.FileField(
        label=gettext_lazy("Certificate authority"),
        required=False,
        help_text=gettext_lazy("Only for a server whose certificate comes from an authority of your own. A PEM file."),
    )
    fleeting: ClassVar[tuple[str, ...]] = ("ca_upload",)

    def clean_ca_upload(self) -> Any:
        """Keep the uploaded authority at once; the draft holds its path."""
        upload = self.cleaned_data["ca_upload"]
        if upload and upload.size > MOST_BYTES:
            raise forms.ValidationError(_("This file is too large for a certificate."))
        if upload:
            try:
                self.ca_file = authority_file_keep(upload.read())
            except ValueError as error:
                raise forms.ValidationError(
                    _(
                        "This file holds no certificate in PEM form. Export the authority as Base-64 (PEM) and choose it again."
                    )
                ) from error
        return None

    ca_file: str = ""

    def answers(self) -> dict[str, Any]:
        """Add the path of the certificate authority."""
        kept = super().answers()
        kept["ca_file"] = self.ca_file or (self.initial or {}).get("ca_file") or ""
        return kept

    def kept_secret(self) -> str:
        """Return the secret that goes with the entries: the one entered now, or the kept one."""
        return next(iter(self.secrets().values()), "") or secret_kept(self.draft, self.side, self.answers())

    def connection(self, secret: str) -> Connection:
        """Return the unsaved connection that the entries describe."""
        made = connection_of(self.draft, self.side, self.answers())
        made.secret_set(secret)
        return made

    def refused(self, code: str, problem: str, todo: str, field: str | None) -> None:
        """Tell a finding's problem at its field, and count it if it led nowhere."""
        look_counted(self.user_id, code)
        told, advice = problem_told(code, sentence(problem), sentence(todo))
        # The page shows the NAV server's settings itself, as lines to copy.
        self.problem(field, told, "" if code == "windows_only" else advice)
        self.found = {**self.found, "problem_code": code}

    def may_look(self) -> bool:
        """Tell whether this person may name one more address."""
        try:
            look_allowed(self.user_id)
        except TooManyLooks as error:
            self.add_error("address", str(error))
            return False
        return True


class NavForm(ServerForm):
    """Dynamics NAV or Business Central."""

    secret_fields = {"secret": "nav"}
    address = forms.CharField(
        label=gettext_lazy("Address"),
        max_length=300,
        required=False,
        help_text=gettext_lazy(
            "The OData V4 address, for example https://server:7048/DynamicsNAV100/ODataV4. NAV's Web Services page shows it; "
            "a Business Central address from the browser will do too."
        ),
        widget=forms.TextInput(attrs={"inputmode": "url"}),
    )
    auth_kind = forms.ChoiceField(
        label=gettext_lazy("How do we sign in?"),
        choices=[
            (
                AuthKind.BASIC,
                gettext_lazy("User and web service access key (Dynamics NAV, Business Central on your own server)"),
            ),
            (AuthKind.OAUTH, gettext_lazy("OAuth (Business Central online)")),
        ],
        initial=AuthKind.BASIC,
        required=False,
        widget=forms.RadioSelect,
    )
    user = forms.CharField(
        label=gettext_lazy("User name"),
        max_length=150,
        required=False,
        help_text=gettext_lazy("A NAV user of its own for the synchronization, for example CRMSYNC."),
    )
    authority = forms.CharField(
        label=gettext_lazy("Token address"),
        max_length=300,
        required=False,
        help_text=gettext_lazy("For example https://login.microsoftonline.com/your-tenant/oauth2/v2.0/token."),
        widget=forms.TextInput(attrs={"inputmode": "url"}),
    )
    client_id = forms.CharField(label=gettext_lazy("Client ID"), max_length=100, required=False)
    scope = forms.CharField(
        label=gettext_lazy("Scope"),
        max_length=300,
        required=False,
        help_text=gettext_lazy("Leave it empty for Business Central online."),
    )
    secret = forms.CharField(
        label=gettext_lazy("Web service access key, or client secret"),
        required=False,
        max_length=2000,
        widget=forms.PasswordInput,
        help_text=gettext_lazy("The key is on the User Card in NAV, under Change Web Service Key."),
    )
    company = forms.ChoiceField(label=gettext_lazy("Company"), required=False, choices=[])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._companies_offer()

    def _companies_offer(self) -> None:
        names = list(self.found.get("companies") or [])
        kept = (self.initial or {}).get("company") or (self.data or {}).get(self.add_prefix("company"))
        if kept and kept not in names:
            names.append(kept)
        field = self.fields["company"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", _("Choose a company"))] * (len(names) != 1) + [(name, name) for name in names]

    def clean_auth_kind(self) -> str:
        """Return the kind of sign-in; the usual one when none is sent."""
        return self.cleaned_data["auth_kind"] or AuthKind.BASIC

    def clean(self) -> dict[str, Any]:
        """Tell which entries are missing for the chosen kind of sign-in."""
        super().clean()
        is_oauth = self.cleaned_data.get("auth_kind") == AuthKind.OAUTH
        if is_oauth and not self.cleaned_data.get("scope"):
            self.cleaned_data["scope"] = "https://api.businesscentral.dynamics.com/.default"
        return self.cleaned_data

    def answers(self) -> dict[str, Any]:
        """Keep the address in the form in which it was found."""
        kept = super().answers()
        if self.found.get("address") and self.found.get("entered") == kept.get("address"):
            kept["address"] = self.found["address"]
        return kept

    def secrets(self) -> dict[str, str]:
        """Bind the key to server and account."""
        given = super().secrets()
        return given | {"nav.bound": bound_to(self.answers())} if given else {}

    def look(self, action: str) -> bool:
        """Ask NAV who it is, for its companies and page services; choose the company where there is but one."""
        is_oauth = self.cleaned_data.get("auth_kind") == AuthKind.OAUTH
        need(self, "address", *(("authority", "client_id") if is_oauth else ("user",)))
        secret = self.kept_secret()
        if not secret:
            self.add_error(
                "secret", _("Enter the key or secret. A kept one is used only for the same address and account.")
            )
        if self.errors or not self.may_look():
            return False
        nav = self.connection(secret)
        finding = nav_look(nav)
        if not finding.ok:
            self.refused(finding.code, finding.problem, finding.todo, FIELD_OF.get(finding.code))
            return False
        self._found(nav, finding)
        return self._company_is_chosen() and (action == "next")

    def _found(self, nav: Connection, finding: NavFinding) -> None:
        nav.address, nav.flavour = finding.address, finding.flavour or nav.flavour
        services: list[dict[str, Any]] = []
        try:
            services = [asdict(service) for service in services_look(nav)]
        except IntegrationError as error:
            self.problem(None, sentence(str(error)))
        self.found = {
            "entered": self.cleaned_data["address"],
            "address": finding.address,
            "flavour": finding.flavour,
            "version": finding.version,
            "companies": list(finding.companies),
            "services": services,
        }

    def _company_is_chosen(self) -> bool:
        companies = self.found["companies"]
        chosen = self.cleaned_data.get("company") or ""
        if chosen not in companies:
            chosen = companies[0] if len(companies) == 1 else ""
        self.cleaned_data["company"] = chosen
        self._companies_offer()
        # The first look brings the list; only who has seen it can have forgotten to choose.
        if not chosen and not self.errors and self.add_prefix("company") in self.data:
            self.add_error("company", _("Choose the company that is to be synchronized."))
        return bool(chosen) and not self.errors

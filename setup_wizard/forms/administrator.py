"""Step Administrator account: who imports the solution. The step verifies and forgets: neither password nor token is kept."""

import io
import uuid
import zipfile
from dataclasses import asdict
from pathlib import Path
from typing import Any, ClassVar

from django import forms
from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from connector.errors import IntegrationError
from connector.models import Connection, Side
from setup_wizard.connections import connection_of
from setup_wizard.forms.base import StepForm
from setup_wizard.provisioning.administrator import administrator_verify
from setup_wizard.provisioning.sign_in import AdministratorToken, sign_in_password
from sync.selectors.sentences import sentence

OURS, OWN, NOTHING = "ours", "own", "nothing"
MOST_PACKAGE_BYTES = 30_000_000


def administrator_look(sales: Connection, token: AdministratorToken) -> dict[str, Any]:
    """Return what is kept of an administrator who signed in: name and what is missing, never the token."""
    finding = administrator_verify(sales, token)
    return {**asdict(finding), "sign_in_name": token.user_name}


class PasswordForm(StepForm):
    """User name and password of an administrator; both are forgotten with the request."""

    fleeting: ClassVar[tuple[str, ...]] = ("admin_user", "admin_password")
    admin_user = forms.CharField(label=gettext_lazy("User name of the administrator"), required=False, max_length=200)
    admin_password = forms.CharField(
        label=gettext_lazy("Password of the administrator"),
        required=False,
        max_length=500,
        widget=forms.PasswordInput,
    )

    def password_token(self, sales: Connection) -> AdministratorToken | None:
        """Sign in with what was entered; None when nothing was, or when it is refused (an error is added then)."""
        user, password = self.cleaned_data.get("admin_user") or "", self.cleaned_data.get("admin_password") or ""
        if not user and not password:
            return None
        if not user or not password:
            self.add_error("admin_password" if user else "admin_user", _("Fill in both user name and password."))
            return None
        try:
            return sign_in_password(sales, user, password)
        except IntegrationError as error:
            self.add_error("admin_password", sentence(str(error)))
            return None


class AdministratorForm(PasswordForm):
    """Import of the solution, and the sign-in that is allowed to do it."""

    fleeting: ClassVar[tuple[str, ...]] = (*PasswordForm.fleeting, "package")
    choice = forms.ChoiceField(
        label=gettext_lazy("Import Dynamics 365 for Sales Solution"),
        choices=[
            (OURS, gettext_lazy("Import the solution of NAV Sales Connector (recommended)")),
            (OWN, gettext_lazy("Import a solution of our own")),
            (NOTHING, gettext_lazy("Import nothing: tables and security roles are arranged in Sales already")),
        ],
        initial=OURS,
        required=False,
        widget=forms.RadioSelect,
    )
    package = forms.FileField(
        label=gettext_lazy("Solution package"),
        required=False,
        help_text=gettext_lazy("A ZIP file as Sales exports it, at most 30 MB."),
    )
    package_path: str = ""

    def clean_choice(self) -> str:
        """Return the choice; the usual one when none is sent."""
        return self.cleaned_data["choice"] or OURS

    def clean_package(self) -> None:
        """Keep an uploaded package, after a look whether it is one."""
        upload = self.cleaned_data["package"]
        if not upload:
            return
        if upload.size > MOST_PACKAGE_BYTES:
            raise forms.ValidationError(_("The package is larger than 30 MB."))
        content = upload.read()
        try:
            with zipfile.ZipFile(io.BytesIO(content)) as archive:
                names = {name.lower() for name in archive.namelist()}
        except zipfile.BadZipFile as error:
            raise forms.ValidationError(
                _("This is no ZIP file. Export the solution in Sales and choose that file.")
            ) from error
        if "solution.xml" not in names:
            raise forms.ValidationError(_("The ZIP file holds no solution.xml, so it is no solution package."))
        folder = Path(settings.STATE_DIR) / "solutions"
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{uuid.uuid4().hex}.zip"
        path.write_bytes(content)
        self.package_path = str(path)
        self.package_name = Path(upload.name).name

    package_name: str = ""

    def answers(self) -> dict[str, Any]:
        """Add where the uploaded package is kept."""
        kept, before = super().answers(), self.initial or {}
        kept["package_path"] = self.package_path or before.get("package_path") or ""
        kept["package_name"] = self.package_name or before.get("package_name") or ""
        return kept

    def look(self, action: str) -> bool:
        """Verify the administrator, unless nothing is imported or the sign-in is left for Finish."""
        choice = self.cleaned_data["choice"]
        if choice == OWN and not self.answers()["package_path"]:
            self.add_error("package", _("Choose the solution package."))
        if self.errors:
            return False
        if choice == NOTHING or action == "later":
            self.found = {} if choice == NOTHING else self.found
            return True
        sales = connection_of(self.draft, Side.CRM)
        token = self.password_token(sales)
        if token is not None:
            try:
                self.found = administrator_look(sales, token)
            except IntegrationError as error:
                self.add_error("admin_user", sentence(str(error)))
        if self.errors or action == "sign_in":
            return False
        if not self.found.get("user_id"):
            self.add_error(
                "admin_user", _("Sign in as an administrator of Sales first, or choose to sign in at Finish.")
            )
        elif self.found.get("problem"):
            self.problem("admin_user", sentence(self.found["problem"]), sentence(self.found.get("todo") or ""))
        return not self.errors

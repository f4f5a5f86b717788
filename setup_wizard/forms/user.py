"""Step Integration user: the shared account of synchronization, looked at before anything is changed."""

from dataclasses import asdict
from typing import Any

from django.utils.translation import gettext as _

from connector.errors import IntegrationError
from connector.models import Side
from setup_wizard.connections import connection_of
from setup_wizard.forms.base import StepForm
from setup_wizard.provisioning.integration_user import integration_user_check
from sync.selectors.sentences import sentence


class UserForm(StepForm):
    """The account that the Sales step signs in with."""

    def look(self, action: str) -> bool:
        """Look whether the account is fit for the work, and not the administrator."""
        sales = self.draft.answers.get("sales") or {}
        account = sales.get("found") or {}
        findings: list[dict[str, Any]] = []
        if account.get("signed_in"):
            try:
                checked = integration_user_check(connection_of(self.draft, Side.CRM), after_setup=False)
                findings = [asdict(finding) for finding in checked]
            except IntegrationError as error:
                findings = [{"code": "unseen", "severity": "warning", "sentence": str(error), "todo": ""}]
        self.found = {"findings": findings, "looked": True}
        for finding in findings:
            if finding["severity"] == "error":
                self.problem(None, sentence(finding["sentence"]), sentence(finding["todo"]))
        administrator = (self.draft.answers.get("administrator") or {}).get("found") or {}
        if account.get("user_id") and administrator.get("user_id") == account["user_id"]:
            self.problem(
                None,
                _("The integration user and the administrator are the same account."),
                _("Changes by the integration user are not synchronized, so use another account for one of the two."),
            )
        return not self.errors


def domains_differ(draft: Any) -> tuple[str, str] | None:
    """Return both domains when administrator and integration user seem to be of different organizations."""
    user = str((draft.answers.get("sales") or {}).get("user") or "")
    found = (draft.answers.get("administrator") or {}).get("found") or {}
    admin = str(found.get("email") or found.get("sign_in_name") or "")
    one, other = admin.partition("@")[2].lower(), user.partition("@")[2].lower()
    return (one, other) if one and other and one != other else None

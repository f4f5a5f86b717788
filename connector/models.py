"""The connections to both systems, with their encrypted secrets and the window that all workers of a credential share."""

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from connector import secrets
from connector.errors import ConfigurationError


class Side(models.TextChoices):
    """One of the two systems."""

    ERP = "erp", _("NAV")
    CRM = "crm", _("Sales")


class Flavour(models.TextChoices):
    """What kind of server a connection leads to."""

    NAV2017 = "nav2017", _("Dynamics NAV 2017 or 2018")
    BC = "bc", _("Business Central")
    SALES = "sales", _("Dynamics 365 for Sales")


class AuthKind(models.TextChoices):
    """How a connection signs in."""

    BASIC = "basic", _("User and web service access key")
    OAUTH = "oauth", _("OAuth, client credentials")
    CLIENT_SECRET = "client_secret", _("Application user, client secret")
    CERTIFICATE = "certificate", _("Application user, certificate")
    PASSWORD = "password", _("User name and password")


class ConnectionState(models.TextChoices):
    """Whether work may use a connection."""

    DISABLED = "disabled", _("Disabled")
    ENABLED = "enabled", _("Enabled")
    PAUSED = "paused", _("Paused")


class Connection(models.Model):
    """One remote system: where it is, how to sign in, and whether it may be used.

    `secret` is write-only: set it with `secret_set`, read it with `secret_text` where a client is made, nowhere else.
    `settings` holds what was found out at set-up: for NAV `services` (table -> page service), `lcy_code`; for Sales
    `organization_id`, `base_currency_id`, `base_currency_code`, `currency_precision`, `default_price_list_id`,
    `default_price_list_name`, `integration_user_id`, `default_uom_schedule_id`.
    """

    side = models.CharField(max_length=3, choices=Side)
    name = models.CharField(_("Name"), max_length=100)
    flavour = models.CharField(max_length=10, choices=Flavour)
    address = models.CharField(_("Address"), max_length=300)
    company = models.CharField(_("Company"), max_length=100, blank=True, default="")
    auth_kind = models.CharField(max_length=20, choices=AuthKind)
    user = models.CharField(_("User name"), max_length=150, blank=True, default="")
    client_id = models.CharField(max_length=100, blank=True, default="")
    authority = models.CharField(
        max_length=300, blank=True, default="", help_text="Identity server with tenant, or token address."
    )
    scope = models.CharField(max_length=300, blank=True, default="")
    thumbprint = models.CharField(max_length=100, blank=True, default="")
    ca_file = models.CharField(
        max_length=300, blank=True, default="", help_text="Certificate authority of a server of your own."
    )
    secret = models.TextField(blank=True, default="", editable=False)
    state = models.CharField(_("State"), max_length=10, choices=ConnectionState, default=ConnectionState.DISABLED)
    state_reason = models.TextField(blank=True, default="")
    remote_identity = models.JSONField(default=dict, blank=True)
    settings = models.JSONField(default=dict, blank=True)
    checked_at = models.DateTimeField(null=True, blank=True)
    check_seconds = models.FloatField(null=True, blank=True)
    check_message = models.TextField(blank=True, default="")
    window = models.JSONField(default=dict, blank=True, editable=False)
    window_version = models.PositiveBigIntegerField(default=0, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["side", "address", "company"], name="connection_once_per_address")
        ]
        verbose_name = _("Connection")
        verbose_name_plural = _("Connections")

    def __str__(self) -> str:
        return self.name

    def secret_set(self, text: str) -> None:
        """Keep a secret, encrypted; an empty text takes it away."""
        self.secret = secrets.encrypt(text)

    def secret_text(self) -> str:
        """Return the secret in the clear. Raises ConfigurationError when there is none or it cannot be read."""
        if not self.secret:
            raise ConfigurationError(
                f"No secret is kept for the connection {self.name}. Enter it in Dynamics 365 Connection Setup.",
                code="no_secret",
            )
        return secrets.decrypt(self.secret)

    @property
    def is_enabled(self) -> bool:
        """Whether work may use this connection."""
        return self.state == ConnectionState.ENABLED

    def setting(self, name: str, default: Any = "") -> Any:
        """Return something that was found out at set-up."""
        return (self.settings or {}).get(name, default)


class SchemaEntry(models.Model):
    """One piece of remote metadata that clients keep, so that a run spends no request on it (schema_cache.py)."""

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="schema_entries")
    name = models.CharField(max_length=120)
    value = models.JSONField(default=dict)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["connection", "name"], name="schema_entry_once")]

    def __str__(self) -> str:
        return self.name

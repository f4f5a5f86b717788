"""Integration table mappings and what belongs to them: fields, match criteria, templates, options."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from sync.choices import ConflictScope, DeletionConflict, Direction, FieldStatus, MappingKind, UpdateConflict


class IntegrationTableMapping(models.Model):
    """One ERP table tied to one CRM table (or to one choice column of it), with direction, filters and policies."""

    erp = models.ForeignKey("connector.Connection", on_delete=models.PROTECT, related_name="erp_mappings")
    crm = models.ForeignKey("connector.Connection", on_delete=models.PROTECT, related_name="crm_mappings")
    name = models.CharField(_("Name"), max_length=20)
    position = models.PositiveIntegerField(default=0, help_text="Order of creation by the defaults.")
    kind = models.CharField(max_length=10, choices=MappingKind, default=MappingKind.TABLE)
    erp_table = models.CharField(_("Table"), max_length=60)
    crm_table = models.CharField(_("Integration Table"), max_length=60)
    option_column = models.CharField(max_length=60, blank=True, default="")
    direction = models.CharField(_("Direction"), max_length=5, choices=Direction)
    only_coupled = models.BooleanField(_("Synch. Only Coupled Records"), default=True)
    create_new = models.BooleanField(_("Create New in Case of No Match"), default=True)
    depends_on = models.JSONField(_("Dependency Filter"), default=list, blank=True)
    erp_filter = models.JSONField(_("Table Filter"), default=list, blank=True)
    crm_filter = models.JSONField(_("Integration Table Filter"), default=list, blank=True)
    update_conflict = models.CharField(
        _("Resolve Update Conflicts"), max_length=10, choices=UpdateConflict, default=UpdateConflict.ASK
    )
    conflict_scope = models.CharField(max_length=10, choices=ConflictScope, default=ConflictScope.FIELD)
    deletion_conflict = models.CharField(
        _("Resolve Deletion Conflicts"), max_length=10, choices=DeletionConflict, default=DeletionConflict.ASK
    )
    mass_change_limit = models.CharField(max_length=10, blank=True, default="")
    interval_minutes = models.PositiveIntegerField(default=30)
    synch_after_bulk_coupling = models.BooleanField(_("Synch. After Match-Based Coupling"), default=False)
    erp_watermark = models.DateTimeField(null=True, blank=True)
    crm_watermark = models.DateTimeField(null=True, blank=True)
    issue = models.TextField(blank=True, default="", help_text="Why the mapping cannot run, in a sentence.")

    class Meta:
        ordering = ["position", "name"]
        constraints = [models.UniqueConstraint(fields=["erp", "crm", "name"], name="mapping_name_per_connections")]
        verbose_name = _("Integration Table Mapping")
        verbose_name_plural = _("Integration Table Mappings")

    def __str__(self) -> str:
        return self.name


class IntegrationFieldMapping(models.Model):
    """One field pair of a mapping; `erp_field` is an OData name, or starts with "@" when a rule computes it."""

    mapping = models.ForeignKey(IntegrationTableMapping, on_delete=models.CASCADE, related_name="fields")
    position = models.PositiveIntegerField(default=0)
    erp_field = models.CharField(_("Field"), max_length=80, blank=True, default="")
    erp_caption = models.CharField(max_length=80, blank=True, default="")
    crm_field = models.CharField(_("Integration Field"), max_length=80, blank=True, default="")
    crm_caption = models.CharField(max_length=80, blank=True, default="")
    direction = models.CharField(_("Direction"), max_length=5, choices=Direction)
    kind = models.CharField(max_length=12, default="text")
    target = models.CharField(max_length=20, blank=True, default="", help_text="Mapping that resolves a lookup.")
    constant = models.CharField(_("Constant Value"), max_length=100, blank=True, default="")
    not_null = models.BooleanField(_("Not Null"), default=False)
    clear_value_on_failed_sync = models.BooleanField(_("Clear Value on Failed Sync"), default=False)
    validate = models.BooleanField(_("Validate Field"), default=True)
    status = models.CharField(_("Status"), max_length=12, choices=FieldStatus, default=FieldStatus.ENABLED)
    reason = models.CharField(max_length=250, blank=True, default="")
    update_conflict = models.CharField(max_length=10, choices=UpdateConflict, blank=True, default="")

    class Meta:
        ordering = ["mapping", "position", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["mapping", "erp_field", "crm_field"], name="field_pair_once_per_mapping")
        ]
        verbose_name = _("Integration Field Mapping")
        verbose_name_plural = _("Integration Field Mappings")

    def __str__(self) -> str:
        return f"{self.erp_field or self.constant} – {self.crm_field or self.constant}"


class MatchCriterion(models.Model):
    """A column whose equal value tells that two uncoupled records are the same.

    `automatic` ones couple by themselves; the others only hold a creation back until a person decides.
    """

    mapping = models.ForeignKey(IntegrationTableMapping, on_delete=models.CASCADE, related_name="criteria")
    priority = models.PositiveIntegerField(_("Match Priority"), default=0)
    erp_field = models.CharField(max_length=80)
    crm_field = models.CharField(max_length=80)
    case_sensitive = models.BooleanField(_("Case-Sensitive Matching"), default=False)
    automatic = models.BooleanField(default=False)

    class Meta:
        ordering = ["mapping", "priority", "pk"]

    def __str__(self) -> str:
        return f"{self.erp_field} = {self.crm_field}"


class ConfigTemplate(models.Model):
    """Values that a new record gets beside the mapped ones; a template value wins over a mapped one."""

    mapping = models.ForeignKey(IntegrationTableMapping, on_delete=models.CASCADE, related_name="templates")
    direction = models.CharField(max_length=5, choices=Direction)
    code = models.CharField(max_length=10)
    values = models.JSONField(default=dict)

    class Meta:
        ordering = ["mapping", "code"]

    def __str__(self) -> str:
        return self.code


class OptionMapping(models.Model):
    """An ERP code tied to a value of a choice column (*CRM Option Mapping*)."""

    mapping = models.ForeignKey(IntegrationTableMapping, on_delete=models.CASCADE, related_name="options")
    erp_key = models.CharField(max_length=250)
    value = models.IntegerField()
    label = models.CharField(max_length=250, blank=True, default="")

    class Meta:
        ordering = ["mapping", "value"]
        constraints = [
            models.UniqueConstraint(fields=["mapping", "erp_key"], name="option_code_once_per_mapping"),
            models.UniqueConstraint(fields=["mapping", "value"], name="option_value_once_per_mapping"),
        ]

    def __str__(self) -> str:
        return f"{self.erp_key} = {self.value}"

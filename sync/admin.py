"""What the engine writes, in Django's own administration: read-only."""

from django.contrib import admin

from connector.admin import ReadOnlyAdmin
from sync.models import AuditEvent, Coupling, IntegrationTableMapping, SynchJob, SynchJobError, SynchRun, SynchRunLine


@admin.register(IntegrationTableMapping)
class IntegrationTableMappingAdmin(ReadOnlyAdmin):
    """Mappings."""

    list_display = ("name", "erp_table", "crm_table", "direction", "only_coupled", "issue")


@admin.register(SynchRun)
class SynchRunAdmin(ReadOnlyAdmin):
    """Runs."""

    list_display = ("number", "kind", "preview", "status", "started_by", "started_at", "finished_at")
    list_filter = ("kind", "status", "preview")


@admin.register(SynchRunLine)
class SynchRunLineAdmin(ReadOnlyAdmin):
    """Lines of runs."""

    list_display = ("name", "run", "pass_number", "stage", "job_queue_entry_status", "done", "total")
    list_select_related = ("run",)


@admin.register(SynchJob)
class SynchJobAdmin(ReadOnlyAdmin):
    """Jobs."""

    list_display = ("mapping", "direction", "status", "started_at", "inserted", "modified", "failed")
    list_select_related = ("mapping",)
    list_filter = ("status", "direction")


@admin.register(SynchJobError)
class SynchJobErrorAdmin(ReadOnlyAdmin):
    """Errors."""

    list_display = ("mapping", "direction", "erp_key", "code", "message", "at")
    list_select_related = ("mapping",)


@admin.register(Coupling)
class CouplingAdmin(ReadOnlyAdmin):
    """Couplings, without the values that both sides agreed on."""

    list_display = ("mapping", "erp_key", "crm_id", "state", "synched_at")
    list_select_related = ("mapping",)
    exclude = ("baseline",)
    show_full_result_count = False


@admin.register(AuditEvent)
class AuditEventAdmin(ReadOnlyAdmin):
    """Who did what."""

    list_display = ("at", "who", "what", "on_what")

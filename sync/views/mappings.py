"""*Integration Table Mappings*: the list, and one mapping with its fields, filters and policies."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from sync.choices import FieldStatus
from sync.selectors import mappings as selectors
from sync.selectors.record_lists import BY_TABLE
from sync.tables.jobs import JobTable
from sync.tables.looks import coupling_look, queue_look
from sync.tables.mappings import FieldTable, MappingTable
from sync.views.pages import needs

JOB_COLUMNS_HIDDEN = ("mapping", "deleted", "skipped", "coupled", "uncoupled", "conflicts", "duration")


@require_GET
@needs("sync.view_integrationtablemapping")
def mapping_list(request: HttpRequest) -> HttpResponse:
    """Show all mappings."""
    rows = selectors.mapping_rows()
    context = {
        "table": MappingTable(rows),
        "count": len(rows),
        "coupled": sum(row.coupled for row in rows),
        "issues": [row.mapping for row in rows if row.mapping.issue],
    }
    return render(request, "sync/mappings.html", context)


@require_GET
@needs("sync.view_integrationtablemapping")
def mapping_detail(request: HttpRequest, name: str) -> HttpResponse:
    """Show one mapping, read-only."""
    mapping = selectors.mapping_by_name(name)
    if mapping is None:
        raise Http404
    fields = list(mapping.fields.all())
    entry = getattr(mapping, "job_queue_entry", None)
    item = BY_TABLE.get(mapping.erp_table)
    context = {
        "mapping": mapping,
        "table": FieldTable(fields),
        "enabled": sum(field.status == FieldStatus.ENABLED for field in fields),
        "unavailable": [field for field in fields if field.status == FieldStatus.UNAVAILABLE],
        "field_count": len(fields),
        "erp_filter": selectors.filter_words(mapping.erp_filter or []),
        "crm_filter": selectors.filter_words(mapping.crm_filter or []),
        "facts": selectors.table_facts(mapping),
        "criteria": list(mapping.criteria.all()),
        "entry": entry,
        "entry_look": queue_look(entry.status) if entry else None,
        "states": [(coupling_look(state), number) for state, number in selectors.coupling_counts(mapping).items()],
        "job_table": JobTable(selectors.last_jobs(mapping), exclude=JOB_COLUMNS_HIDDEN),
        "records_slug": item.slug if item else "",
    }
    return render(request, "sync/mapping.html", context)

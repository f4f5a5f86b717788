"""Filters of the list pages; everything chosen stands in the address."""

from typing import Any

import django_filters
from django import forms
from django.contrib.auth.models import User
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from sync.choices import Direction, JobStatus
from sync.models import IntegrationTableMapping, JobQueueLogEntry, SynchJob, SynchJobError
from sync.roles import LABELS

MOST = 2_147_483_647
WAYS = [(Direction.TO.value, Direction.TO.label), (Direction.FROM.value, Direction.FROM.label)]


def mapping_names(request: Any = None) -> Any:
    """Return the mappings to choose from."""
    return IntegrationTableMapping.objects.order_by("position", "name")


class JobFilter(django_filters.FilterSet):  # type: ignore[misc]
    """Jobs by mapping, direction, status and run."""

    mapping = django_filters.ModelChoiceFilter(
        queryset=mapping_names, to_field_name="name", label=_("Mapping"), empty_label=_("All mappings")
    )
    direction = django_filters.ChoiceFilter(choices=WAYS, label=_("Direction"), empty_label=_("Both directions"))
    status = django_filters.ChoiceFilter(
        choices=[choice for choice in JobStatus.choices if choice[0]], label=_("Status"), empty_label=_("Any status")
    )
    run = django_filters.NumberFilter(field_name="run__number", label=_("Run"), min_value=0, max_value=MOST)

    class Meta:
        model = SynchJob
        fields = ["mapping", "direction", "status", "run"]


class ErrorFilter(django_filters.FilterSet):  # type: ignore[misc]
    """Errors by mapping, direction, cause, code and words of the record or the message."""

    mapping = django_filters.ModelChoiceFilter(
        queryset=mapping_names, to_field_name="name", label=_("Mapping"), empty_label=_("All mappings")
    )
    direction = django_filters.ChoiceFilter(choices=WAYS, label=_("Direction"), empty_label=_("Both directions"))
    q = django_filters.CharFilter(method="search", label=_("Record or message"))
    code = django_filters.CharFilter(label=_("Code"), widget=forms.HiddenInput)
    cause = django_filters.CharFilter(label=_("Cause"), widget=forms.HiddenInput)
    run = django_filters.NumberFilter(field_name="job__run__number", label=_("Run"), min_value=0, max_value=MOST)

    class Meta:
        model = SynchJobError
        fields = ["q", "mapping", "direction", "code", "cause", "run"]

    def search(self, queryset: Any, name: str, value: str) -> Any:
        """Return the errors whose record starts with, or whose message holds, the text."""
        return queryset.filter(Q(erp_key__istartswith=value) | Q(name__istartswith=value) | Q(message__icontains=value))


class LogFilter(django_filters.FilterSet):  # type: ignore[misc]
    """Log entries by run, line and status."""

    run = django_filters.NumberFilter(field_name="line__run__number", label=_("Run"), min_value=0, max_value=MOST)
    line = django_filters.NumberFilter(field_name="line_id", label=_("Line"), min_value=0, max_value=MOST)
    status = django_filters.ChoiceFilter(
        choices=[choice for choice in JobStatus.choices if choice[0]], label=_("Status"), empty_label=_("Any status")
    )

    class Meta:
        model = JobQueueLogEntry
        fields = ["run", "line", "status"]


class PeopleFilter(django_filters.FilterSet):  # type: ignore[misc]
    """People by words of their name, role and whether they may sign in."""

    q = django_filters.CharFilter(method="search", label=_("Name or e-mail"))
    role = django_filters.ChoiceFilter(
        field_name="groups__name", choices=list(LABELS.items()), label=_("Role"), empty_label=_("Every role")
    )
    is_active = django_filters.ChoiceFilter(
        choices=[("1", _("Active")), ("0", _("Deactivated"))], label=_("Status"), empty_label=_("Any status")
    )

    class Meta:
        model = User
        fields = ["q", "role", "is_active"]

    def search(self, queryset: Any, name: str, value: str) -> Any:
        """Return the people of whom every word of the text is in a name or the e-mail."""
        for word in value.split():
            found = Q(username__icontains=word) | Q(email__icontains=word)
            queryset = queryset.filter(found | Q(first_name__icontains=word) | Q(last_name__icontains=word))
        return queryset

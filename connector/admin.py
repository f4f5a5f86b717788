"""Connections in Django's own administration: read-only, secrets never shown."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from connector.models import Connection


class ReadOnlyAdmin(admin.ModelAdmin):
    """Rows that the program writes: to look at, not to change."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody adds a row by hand."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody changes a row by hand."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody deletes a row by hand."""
        return False


@admin.register(Connection)
class ConnectionAdmin(ReadOnlyAdmin):
    """Both systems."""

    list_display = ("name", "side", "flavour", "address", "company", "state", "checked_at")
    exclude = ("secret", "window", "window_version")

"""Addresses of the site."""

from django.contrib import admin
from django.contrib.auth.decorators import login_not_required
from django.urls import include, path
from django.views.i18n import set_language

from connector.flower_proxy import flower

urlpatterns = [
    path("accounts/", include("allauth.urls")),
    path("admin/", admin.site.urls),
    # The sign-in page switches the language too, so this one view asks for no sign-in.
    path("i18n/setlang/", login_not_required(set_language), name="set_language"),
    path("flower/", flower, name="flower"),
    path("flower/<path:path>", flower),
    path("", include("sync.urls")),
]

handler400 = "sync.views.problems.bad_request"
handler403 = "sync.views.problems.forbidden"
handler404 = "sync.views.problems.not_found"
handler500 = "sync.views.problems.server_error"

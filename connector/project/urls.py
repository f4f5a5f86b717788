"""Addresses of the site."""

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.contrib.auth.decorators import login_not_required
from django.urls import include, path
from django.views.i18n import set_language

from connector.flower_proxy import flower
from connector.project import account

# One way in: Django's own administration signs in where attempts are counted and the second step is asked for.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]

urlpatterns = [
    # allauth's pages that need a mail server or let people sign up are not part of this site; these stand before its own.
    path("accounts/password/reset/", account.password_lost),
    path("accounts/password/reset/done/", account.closed),
    path("accounts/signup/", account.closed),
    path("accounts/email/", account.closed),
    path("accounts/confirm-email/", account.closed),
    path("accounts/confirm-email/<str:key>/", account.closed),
    path("accounts/login/code/confirm/", account.closed),
    path("accounts/3rdparty/signup/", account.closed),
    path("accounts/oidc/<str:provider_id>/login/", account.organization_login),
    path("accounts/", include("allauth.urls")),
    path("admin/", admin.site.urls),
    # The sign-in page switches the language too, so this one view asks for no sign-in.
    path("i18n/setlang/", login_not_required(set_language), name="set_language"),
    path("flower/", flower, name="flower"),
    path("flower/<path:path>", flower),
    path("assisted-setup/", include("setup_wizard.urls")),
    path("setup/", include("setup_wizard.page_urls")),
    path("", include("sync.urls")),
]

handler400 = "sync.views.problems.bad_request"
handler403 = "sync.views.problems.forbidden"
handler404 = "sync.views.problems.not_found"
handler500 = "sync.views.problems.server_error"
handler429 = "sync.views.problems.too_many"  # allauth asks for it when somebody tries too often

"""Addresses of the assisted set-up; each step has its own."""

from django.urls import path, re_path

from setup_wizard.views import pages, sign_in
from setup_wizard.views.wizard import SetupWizard

app_name = "setup_wizard"
wizard = SetupWizard.as_view(url_name="setup_wizard:step", done_step_name="formtools-done")

urlpatterns = [
    path("", pages.start, name="start"),
    path("done/", pages.finished, name="done"),
    path("discard/", pages.discard, name="discard"),
    path("sign-in/", sign_in.sign_in, name="sign_in"),
    path("signed-in/", sign_in.signed_in, name="signed_in"),
    re_path(r"^downloads/(?P<name>object-pack|web-services)/$", pages.download, name="download"),
    path("<slug:step>/", wizard, name="step"),
]

"""Addresses of the page *Dynamics 365 Connection Setup* and of what is done from it."""

from django.urls import path

from setup_wizard.views import connection_setup, defaults, switches

app_name = "connection_setup"
urlpatterns = [
    path("", connection_setup.page_shown, name="page"),
    path("sales/", connection_setup.sales_asked, name="sales"),
    path("<str:side>/test/", connection_setup.connection_test, name="test"),
    path("enable/", switches.enable, name="enable"),
    path("disable/", switches.disable, name="disable"),
    path("addresses/", switches.addresses, name="addresses"),
    path("reset-web-client-url/", switches.web_client_reset, name="web_client_reset"),
    path("synchronize-modified/", switches.modified_synchronize, name="modified"),
    path("defaults/", defaults.defaults, name="defaults"),
    path("versions/", defaults.versions, name="versions"),
    path("versions/<int:number>/", defaults.version, name="version"),
    path("export/", defaults.export, name="export"),
]

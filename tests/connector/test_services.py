"""Connections: their clients, their test, their secrets."""

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import pytest
from django.contrib import admin
from django.core import serializers
from django.forms import modelform_factory
from pytest_django import Settings

from connector import auth, services
from connector.auth import EntraAuth, NavBasicAuth, TokenUrlAuth
from connector.dataverse.client import DataverseClient
from connector.errors import ConfigurationError
from connector.models import AuthKind, Connection, ConnectionState, Flavour, Side
from connector.nav.client import NavClient
from connector.stores import DatabaseCache
from tests.fakes.adapter import FakeAdapter, Reply, error_reply, json_reply, page_reply

SECRET = "s3cret-value-of-the-connection"
ORGANIZATION, USER, CURRENCY = (f"{letter * 8}-0000-0000-0000-00000000000{letter}" for letter in "abc")
AUTHORITY = "https://login.sandbox.example:8443/contoso"

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def edge(adapter: FakeAdapter, monkeypatch: pytest.MonkeyPatch) -> FakeAdapter:
    """Every client that the services make speaks with the fake network edge, and no token outlives a test."""
    monkeypatch.setattr(services, "PinnedAdapter", lambda _rules: adapter)
    monkeypatch.setattr(auth, "_kept", {})
    return adapter


@pytest.fixture
def crm() -> Connection:
    """A connection to Sales."""
    connection = Connection(
        side=Side.CRM,
        name="Sales",
        flavour=Flavour.SALES,
        address="https://contoso.crm4.dynamics.com",
        auth_kind=AuthKind.CLIENT_SECRET,
        client_id="app-1",
        authority=AUTHORITY,
    )
    connection.secret_set(SECRET)
    connection.save()
    return connection


@pytest.fixture
def erp() -> Connection:
    """A connection to NAV."""
    connection = Connection(
        side=Side.ERP,
        name="NAV",
        flavour=Flavour.NAV2017,
        address="https://nav.contoso.example:7048/NAV/ODataV4",
        company="CRONUS",
        auth_kind=AuthKind.BASIC,
        user="SYNC",
    )
    connection.secret_set(SECRET)
    connection.save()
    return connection


def table(name: str, entity_set: str, *lookups: str) -> dict[str, Any]:
    """Return a small table definition."""
    kinds = {f"{name}id": "Uniqueidentifier"} | dict.fromkeys(lookups, "Lookup")
    columns = [{"LogicalName": column, "AttributeType": kind} for column, kind in kinds.items()]
    return {
        "LogicalName": name,
        "EntitySetName": entity_set,
        "PrimaryIdAttribute": f"{name}id",
        "Attributes": columns,
        "ManyToOneRelationships": [],
    }


@pytest.fixture
def sales_answers(adapter: FakeAdapter) -> Callable[..., FakeAdapter]:
    """Return a maker of the answers of a Sales environment; what is passed in comes first."""

    def make(**first: Reply) -> FakeAdapter:
        for pattern, reply in first.items():
            adapter.on("GET", pattern, reply)
        endpoints = {
            "authorization_endpoint": AUTHORITY + "/a",
            "token_endpoint": AUTHORITY + "/token",
            "issuer": AUTHORITY,
        }
        adapter.on("GET", "openid-configuration", json_reply(endpoints))
        adapter.on(
            "POST", "/token", json_reply({"access_token": "token-1", "expires_in": 3600, "token_type": "Bearer"})
        )
        adapter.on(
            "GET", "WhoAmI", json_reply({"UserId": USER.upper(), "BusinessUnitId": "b", "OrganizationId": ORGANIZATION})
        )
        for name, entity_set, lookups in (
            ("organization", "organizations", ["basecurrencyid"]),
            ("transactioncurrency", "transactioncurrencies", []),
            ("systemuser", "systemusers", []),
        ):
            adapter.on(
                "GET", rf"EntityDefinitions\(LogicalName='{name}'\)", json_reply(table(name, entity_set, *lookups))
            )
        adapter.on("GET", "sdkmessagefilters", json_reply({"value": []}))
        organization = {
            "organizationid": ORGANIZATION,
            "name": "Contoso",
            "_basecurrencyid_value": CURRENCY,
            "basecurrencyprecision": 0,
            "expirechangetrackingindays": None,
        }
        adapter.on("GET", r"/organizations\?", json_reply({"value": [organization]}))
        adapter.on(
            "GET", "/transactioncurrencies", json_reply({"transactioncurrencyid": CURRENCY, "isocurrencycode": "JPY"})
        )
        adapter.on("GET", "/systemusers", json_reply({"systemuserid": USER, "fullname": "Sync", "isdisabled": False}))
        return adapter

    return make


class TestCheckOfSales:
    def test_tells_each_step_and_keeps_what_it_found(
        self, crm: Connection, sales_answers: Callable[..., FakeAdapter]
    ) -> None:
        sales_answers()

        checks = services.connection_check(crm)

        assert [(check.name, check.ok) for check in checks] == [
            ("Sign-in", True),
            ("Environment", True),
            ("Base currency", True),
            ("Integration user", True),
        ]
        crm.refresh_from_db()
        assert crm.settings == {
            "integration_user_id": USER,
            "organization_id": ORGANIZATION,
            "base_currency_id": CURRENCY,
            "base_currency_code": "JPY",
            "currency_precision": 0,
            "tracking_days": 7,
        }
        assert crm.remote_identity == {"organization_id": ORGANIZATION, "organization": "Contoso"}
        assert crm.checked_at is not None
        assert crm.check_message == ""

    def test_stops_at_the_first_failure_and_keeps_its_sentence(
        self, crm: Connection, sales_answers: Callable[..., FakeAdapter]
    ) -> None:
        adapter = sales_answers(organizations=error_reply(403, "0x80040220", "missing prvReadOrganization privilege"))

        checks = services.connection_check(crm)

        crm.refresh_from_db()
        assert [check.ok for check in checks] == [True, False]
        assert "prvReadOrganization" in crm.check_message == checks[-1].text
        assert crm.settings["organization_id"] == ORGANIZATION
        assert not any("systemusers" in sent.url for sent in adapter.sent)

    def test_refuses_another_organization_than_the_one_it_knows(
        self, crm: Connection, sales_answers: Callable[..., FakeAdapter]
    ) -> None:
        crm.remote_identity = {"organization_id": "ffffffff-0000-0000-0000-000000000000"}
        sales_answers()

        (check,) = services.connection_check(crm)

        crm.refresh_from_db()
        assert not check.ok
        assert "Another Sales environment" in check.text
        assert crm.remote_identity == {"organization_id": "ffffffff-0000-0000-0000-000000000000"}

    @pytest.mark.parametrize(
        ("answers", "words"),
        [
            pytest.param({"WhoAmI": page_reply()}, "web page", id="a page"),
            pytest.param({"WhoAmI": Reply(401)}, "refuses the token", id="a refused token"),
            pytest.param({"WhoAmI": json_reply({"hello": 1})}, "no Sales environment", id="another program"),
            pytest.param({"openid": Reply(400)}, "does not know the tenant", id="an unknown tenant"),
            pytest.param({"openid": Reply(503)}, "identity server", id="a failing identity server"),
            pytest.param(
                {"systemusers": json_reply({"systemuserid": USER, "isdisabled": True})},
                "is disabled",
                id="a disabled user",
            ),
        ],
    )
    def test_says_what_is_wrong(
        self,
        crm: Connection,
        sales_answers: Callable[..., FakeAdapter],
        monkeypatch: pytest.MonkeyPatch,
        answers: dict[str, Reply],
        words: str,
    ) -> None:
        monkeypatch.setattr("connector.transport.retry.pause_seconds", lambda *_args: 0.0)
        sales_answers(**answers)

        checks = services.connection_check(crm)

        assert words in checks[-1].text
        assert not checks[-1].ok

    def test_says_that_no_secret_is_kept(self, crm: Connection) -> None:
        crm.secret_set("")

        (check,) = services.connection_check(crm)

        assert (check.name, check.ok) == ("Settings", False)
        assert "Enter it in Dynamics 365 Connection Setup" in check.text

    def test_says_that_the_authority_file_is_gone(self, crm: Connection, tmp_path: Path) -> None:
        crm.ca_file = str(tmp_path / "ca.pem")

        (check,) = services.connection_check(crm)

        assert "is not there" in check.text


@pytest.fixture
def nav_answers(adapter: FakeAdapter, sample: Callable[[str], bytes]) -> Callable[..., FakeAdapter]:
    """Return a maker of the answers of a NAV server; what is passed in comes first."""

    def make(**first: Reply) -> FakeAdapter:
        for pattern, reply in first.items():
            adapter.on("GET", pattern, reply)
        adapter.on("GET", "/Company$", json_reply({"value": [{"Name": "CRONUS"}, {"Name": "Contoso"}]}))
        adapter.on("GET", r"\$metadata", Reply(200, sample("nav/metadata.xml"), {"Content-Type": "application/xml"}))
        adapter.on("GET", "GeneralLedgerSetup", json_reply({"value": [{"Primary_Key": "", "LCY_Code": "GBP"}]}))
        return adapter

    return make


class TestCheckOfNav:
    def test_tells_each_step_and_keeps_what_it_found(
        self, erp: Connection, nav_answers: Callable[..., FakeAdapter]
    ) -> None:
        nav_answers()

        checks = services.connection_check(erp)

        assert [check.text for check in checks] == [
            "NAV answers, and the company CRONUS is there.",
            "NAV publishes 4 page services.",
            "The local currency is GBP.",
        ]
        erp.refresh_from_db()
        assert erp.setting("lcy_code") == "GBP"
        assert "SalesPrices" in erp.setting("published")
        assert erp.remote_identity == {"company": "CRONUS", "lcy_code": "GBP"}

    @pytest.mark.parametrize(
        ("answers", "words", "steps"),
        [
            pytest.param(
                {"Company$": json_reply({"value": [{"Name": "Cronus"}]})}, "It has: Cronus.", 1, id="another company"
            ),
            pytest.param({"Company$": json_reply({"value": []})}, "It has: none.", 1, id="no company"),
            pytest.param(
                {"Company$": Reply(401, headers={"WWW-Authenticate": "Negotiate"})}, "Windows", 1, id="Windows sign-in"
            ),
            pytest.param({"Company$": page_reply(404)}, "instance name", 1, id="a wrong instance"),
            pytest.param({"metadata": Reply(200, b"<x/>")}, "Publish page 118", 3, id="nothing published"),
            pytest.param({"Ledger": json_reply({"value": [{"LCY_Code": ""}]})}, "no LCY Code", 3, id="no currency"),
        ],
    )
    def test_says_what_is_wrong(
        self,
        erp: Connection,
        nav_answers: Callable[..., FakeAdapter],
        answers: dict[str, Reply],
        words: str,
        steps: int,
    ) -> None:
        nav_answers(**answers)

        checks = services.connection_check(erp)

        assert words in checks[-1].text
        assert [check.ok for check in checks] == [True] * (steps - 1) + [False]


class TestClients:
    def test_follow_the_side(self, crm: Connection, erp: Connection) -> None:
        assert isinstance(services.client_for(crm), DataverseClient)
        assert isinstance(services.client_for(erp), NavClient)

    @pytest.mark.parametrize(
        ("address", "root"),
        [
            ("https://nav.example/NAV/ODataV4/", "https://nav.example/NAV/ODataV4"),
            ("https://nav.example/NAV/odatav4", "https://nav.example/NAV/odatav4"),
            ("https://bc.example/BC", "https://bc.example/BC/ODataV4"),
        ],
        ids=["NAV", "lower case", "Business Central"],
    )
    def test_find_the_page_services(self, erp: Connection, address: str, root: str) -> None:
        erp.address = address

        assert services.odata_root(erp) == root

    def test_keep_what_they_learn_with_the_connection(self, crm: Connection, erp: Connection) -> None:
        cache = DatabaseCache(crm)
        cache.put("table/account", {"a": 1})
        cache.put("table/account", {"a": 2})

        assert DatabaseCache(crm).get("table/account") == {"a": 2}
        assert DatabaseCache(erp).get("table/account") is None
        cache.drop()
        assert cache.get("table/account") is None


class TestSignIns:
    @pytest.mark.parametrize(
        ("kind", "made"),
        [
            (AuthKind.BASIC, NavBasicAuth),
            (AuthKind.OAUTH, TokenUrlAuth),
            (AuthKind.CLIENT_SECRET, EntraAuth),
            (AuthKind.CERTIFICATE, EntraAuth),
            (AuthKind.PASSWORD, EntraAuth),
        ],
    )
    def test_follow_the_kind(self, crm: Connection, kind: AuthKind, made: type) -> None:
        crm.auth_kind = kind

        assert type(services.auth_for(crm, True)) is made

    def test_ask_for_the_environment_where_no_scope_is_set(self, crm: Connection) -> None:
        sign_in = services.auth_for(crm, True)

        assert isinstance(sign_in, EntraAuth)
        assert sign_in.credential.scope == "https://contoso.crm4.dynamics.com/.default"

    def test_are_shared_by_the_clients_of_a_credential(self, crm: Connection) -> None:
        assert services.auth_for(crm, True) is services.auth_for(Connection.objects.get(pk=crm.pk), True)

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("address", "https://other.crm4.dynamics.com"),
            ("scope", "https://other.example/.default"),
            ("client_id", "app-2"),
            ("authority", "https://login.sandbox.example:8443/other"),
            ("thumbprint", "ab"),
        ],
    )
    def test_are_made_anew_after_a_change(self, crm: Connection, field: str, value: str) -> None:
        before = services.auth_for(crm, True)
        setattr(crm, field, value)

        assert services.auth_for(crm, True) is not before

    def test_are_made_anew_with_another_secret_or_authority_file(self, crm: Connection) -> None:
        before = services.auth_for(crm, True)
        with_file = services.auth_for(crm, "ca.pem")
        crm.secret_set("another")

        assert len({id(found) for found in (before, with_file, services.auth_for(crm, True))}) == 3


class TestSecret:
    def test_is_in_no_text_of_the_connection(self, crm: Connection) -> None:
        with_all = repr(crm) + str(crm) + serializers.serialize("json", [crm]) + repr(vars(crm))

        assert SECRET not in with_all
        assert crm.secret_text() == SECRET

    def test_is_in_no_form_and_no_admin_page(self, rf: Any, admin_user: Any) -> None:
        assert "secret" not in modelform_factory(Connection, fields="__all__").base_fields
        page = admin.site._registry.get(Connection)
        if page is not None:
            request = rf.get("/")
            request.user = admin_user
            assert "secret" not in {
                *page.get_fields(request),
                *page.get_readonly_fields(request),
                *page.get_list_display(request),
            }

    def test_is_in_no_log_of_a_check(
        self, crm: Connection, sales_answers: Callable[..., FakeAdapter], caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.DEBUG)
        sales_answers(WhoAmI=Reply(401))

        services.connection_check(crm)

        assert caplog.records
        assert SECRET not in caplog.text
        assert "token-1" not in caplog.text

    def test_is_in_no_fact_that_is_kept(self, crm: Connection, sales_answers: Callable[..., FakeAdapter]) -> None:
        sales_answers()

        checks = services.connection_check(crm)

        crm.refresh_from_db()
        kept = orjson.dumps(
            [crm.settings, crm.remote_identity, crm.window, crm.check_message, [check.text for check in checks]]
        )
        assert SECRET.encode() not in kept

    def test_that_cannot_be_read_says_what_to_do(self, crm: Connection, settings: Settings) -> None:
        from cryptography.fernet import Fernet

        settings.ENCRYPTION_KEYS = [Fernet.generate_key().decode()]

        (check,) = services.connection_check(crm)

        assert "Put the former key back into the list, or enter the secret again." in check.text

    def test_that_was_taken_away_is_gone(self, crm: Connection) -> None:
        crm.secret_set("")

        with pytest.raises(ConfigurationError, match="No secret is kept"):
            crm.secret_text()


class TestState:
    def test_is_switched_on_and_off_with_a_reason(self, crm: Connection) -> None:
        services.connection_enable(crm)
        enabled = Connection.objects.get().is_enabled
        services.connection_disable(crm, "The environment is moved.")

        found = Connection.objects.get()
        assert enabled
        assert (found.state, found.state_reason) == (ConnectionState.DISABLED, "The environment is moved.")

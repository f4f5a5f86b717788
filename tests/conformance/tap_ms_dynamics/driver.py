"""Runs the Singer tap the way its command does and reports what it wrote: `driver.py READY REPORT`.

The tap knows one authority, the real one's host. Requests to that host go to the stand-in, as a name server could do.
"""

import contextlib
import io
import json
import sys
from pathlib import Path

import requests
from tap_dynamics.discover import discover
from tap_dynamics.sync import sync

REAL_AUTHORITY = "https://login.microsoftonline.com"
STEPS = []


def step(operation):
    """Remember an operation to run, in order."""
    STEPS.append(operation)
    return operation


class Rerouted(requests.adapters.HTTPAdapter):
    """Takes what is meant for the real authority to the stand-in's."""

    authority = ""

    def send(self, request, *args, **more):
        request.url = request.url.replace(REAL_AUTHORITY, self.authority)
        return super().send(request, *args, **more)


def reroute(authority):
    """Let every session of this process go to the stand-in's authority."""
    Rerouted.authority = authority
    plain = requests.Session.__init__

    def begin(session):
        plain(session)
        session.mount(REAL_AUTHORITY, Rerouted())

    requests.Session.__init__ = begin


def refresh_token(ready):
    """What a person's sign-in leaves with an application."""
    form = {
        "grant_type": "password",
        "client_id": ready["client_id"],
        "client_secret": ready["client_secret"],
        "username": ready["admin"]["user"],
        "password": ready["admin"]["password"],
        "scope": f"{ready['url']}/.default offline_access",
    }
    return requests.post(f"{ready['authority']}/{ready['tenant']}/oauth2/v2.0/token", data=form).json()


def make_rows(ready, token):
    """Accounts, a contact and an option set on one of them."""
    headers = {"Authorization": f"Bearer {token}"}
    for number in range(7):
        body = {"name": f"Tap {number}", "numberofemployees": number, "creditlimit": number + 0.25, "donotphone": True}
        answer = requests.post(f"{ready['url']}/api/data/v9.2/accounts", json=body, headers=headers)
        assert answer.status_code == 204, answer.text
    body = {"lastname": "Tapped", "birthdate": "1980-02-29"}
    assert requests.post(f"{ready['url']}/api/data/v9.2/contacts", json=body, headers=headers).status_code == 204


def messages(config, path, catalog, state):
    """Run a synchronization; the Singer messages it wrote."""
    written = io.StringIO()
    with contextlib.redirect_stdout(written):
        sync(config, path, state, catalog)
    return [json.loads(line) for line in written.getvalue().splitlines()]


def selected(catalog, *names):
    """Select whole streams in the catalog, as a person does in its file."""
    for stream in catalog.streams:
        for entry in stream.metadata:
            if entry["breadcrumb"] == () and stream.tap_stream_id in names:
                entry["metadata"]["selected"] = True
    return catalog


@step
def discovery(config, path, kept):
    catalog = kept["catalog"] = discover(config, path)
    streams = {stream.tap_stream_id: stream for stream in catalog.streams}
    account = streams["account"]
    properties = account.schema.to_dict()["properties"]
    return {
        "streams": sorted(streams),
        "key": account.key_properties,
        "method": [account.replication_method, account.replication_key],
        "kinds": {
            name: [*properties[name]["type"], properties[name].get("format")]
            for name in (
                "name",
                "numberofemployees",
                "creditlimit",
                "donotphone",
                "modifiedon",
                "_primarycontactid_value",
                "versionnumber",
                "statecode",
            )
        },
        "birthdate": streams["contact"].schema.to_dict()["properties"]["birthdate"].get("format"),
    }


@step
def full_extraction(config, path, kept):
    kept["catalog"] = selected(kept["catalog"], "account", "contact", "organization")
    found = messages(config, path, kept["catalog"], {})
    kept["state"] = [each["value"] for each in found if each["type"] == "STATE"][-1]
    rows = [each["record"] for each in found if each["type"] == "RECORD" and each["stream"] == "account"]
    contact = [each["record"] for each in found if each["type"] == "RECORD" and each["stream"] == "contact"][0]
    return {
        "schemas": sorted(each["stream"] for each in found if each["type"] == "SCHEMA"),
        "names": sorted(row["name"] for row in rows),
        "row": [rows[3][name] for name in ("numberofemployees", "creditlimit", "donotphone", "statecode")],
        "birthdate": contact["birthdate"],
        "bookmark": "account" in kept["state"]["bookmarks"],
    }


@step
def incremental_extraction(config, path, kept):
    """The tap asks for what changed since its bookmark, that moment included."""
    found = messages(config, path, kept["catalog"], kept["state"])
    rows = [each["record"] for each in found if each["type"] == "RECORD" and each["stream"] == "account"]
    later = {"bookmarks": {"account": {"modifiedon": "2100-01-01T00:00:00Z"}}}
    none = messages(config, path, kept["catalog"], later)
    return {
        "again": 0 < len(rows) <= 7,
        "later": len([each for each in none if each["type"] == "RECORD" and each["stream"] == "account"]),
    }


@step
def refreshed_credential(config, path, kept):
    """The tap writes the refresh token it got last into its configuration."""
    return json.loads(Path(path).read_text(encoding="utf-8"))["refresh_token"] != config["refresh_token"]


def main():
    ready = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))["crm"]
    reroute(ready["authority"])
    tokens = refresh_token(ready)
    make_rows(ready, tokens["access_token"])
    config = {
        "start_date": "2020-01-01T00:00:00Z",
        "organization_uri": ready["url"],
        "user_agent": "tap-ms-dynamics",
        "client_id": ready["client_id"],
        "client_secret": ready["client_secret"],
        "redirect_uri": "http://localhost/",
        "refresh_token": tokens["refresh_token"],
        "max_pagesize": 3,
    }
    path = f"{sys.argv[2]}.config"
    Path(path).write_text(json.dumps(config), encoding="utf-8")
    report, kept = {}, {}
    for operation in STEPS:
        try:
            report[operation.__name__] = {"value": operation(config, path, kept)}
        except Exception as error:
            report[operation.__name__] = {"error": f"{type(error).__name__}: {error}"}
    Path(sys.argv[2]).write_text(json.dumps(report, default=str), encoding="utf-8")


main()

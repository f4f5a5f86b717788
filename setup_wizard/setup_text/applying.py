"""Apply a set-up document: compare, check, store all of it or nothing, and keep a version to return to."""

from dataclasses import dataclass, field

from django.db import transaction

from connector.addresses import address_check, rules_from_settings
from connector.errors import ConfigurationError
from connector.models import Connection
from setup_wizard.models import SetupVersion
from setup_wizard.setup_text.difference import (
    REMOVED,
    Difference,
    MappingChange,
    differences_of,
    mapping_changes_of,
)
from setup_wizard.setup_text.document import (
    PARTS,
    SCHEMA,
    checked,
    connections_stored,
    document_sha256,
    setup_document,
)
from setup_wizard.setup_text.references import References
from sync.adapters import crm_client
from sync.choices import MappingKind
from sync.defaults import MAPPINGS
from sync.engine.ordering import cycle_of
from sync.engine.values import match_key
from sync.models import AuditEvent, IntegrationTableMapping
from sync.services.catalog import catalog_note
from sync.services.mapping_changes import refuse_if_held
from sync.services.mapping_texts import Text, default_text, mapping_store, options_store

# Changing where a connection leads or how it signs in is for a disabled one (reference 3.7).
LOCKED = frozenset("flavour address company auth_kind user client_id authority scope thumbprint ca_file".split())


@dataclass(frozen=True, slots=True)
class SetupChange:
    """What a document would change, or has changed."""

    differences: list[Difference] = field(default_factory=list)
    mappings: list[MappingChange] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def is_empty(self) -> bool:
        """Whether the set-up is like the document already."""
        return not self.differences and not self.mappings

    @property
    def words(self) -> list[str]:
        """The whole difference, a sentence a line."""
        lines = [difference.words for difference in self.differences]
        for change in self.mappings:
            lines += [difference.words for difference in change.differences]
            lines += [change.words] if change.words else []
        return lines + self.notes

    def as_json(self) -> Text:
        """The difference for programs."""
        return {
            "differences": [difference.as_json() for difference in self.differences],
            "mappings": [change.as_json() for change in self.mappings],
            "notes": self.notes,
        }


def setup_preview(document: Text) -> SetupChange:
    """Return what a checked document would change; stores nothing. Raises ConfigurationError naming what cannot be applied."""
    wanted = _resolved(checked(document))
    current = _resolved(setup_document())
    change = SetupChange(differences_of(current, wanted), mapping_changes_of(current, wanted))
    _refuse(change, wanted)
    return change


def setup_apply(document: Text, user: str, *, reason: str = "apply_setup") -> SetupChange:
    """Apply a document in one transaction and return what it changed; the set-up before is kept as a SetupVersion.

    Raises ConfigurationError naming what cannot be applied, RunRefused while a run is at work on a mapping that changes.
    """
    change = setup_preview(document)
    if change.is_empty:
        return change
    wanted = _resolved(document)
    before = setup_document()
    # Whatever Sales has to say is asked before the transaction, which holds up every other writer.
    labels = _labels(wanted)
    price_list = _price_list_wanted(wanted)
    with transaction.atomic():
        _version_keep(before, user, reason)
        _connections_store(wanted, price_list)
        notes = _mappings_store(wanted, change, labels)
        AuditEvent.objects.create(
            who=user, what="setup_applied", on_what=reason[:250], details={"changes": change.words[:500]}
        )
    return SetupChange(change.differences, change.mappings, notes)


def _version_keep(document: Text, user: str, reason: str) -> SetupVersion:
    return SetupVersion.objects.create(
        who=user, reason=reason[:250], document=document, sha256=document_sha256(document)
    )


def _resolved(document: Text) -> Text:
    references = References(connections_stored().get("sales"))
    mappings = [references.resolved(text) for text in document.get("mappings", [])]
    return {**document, "mappings": mappings} if "mappings" in document else document


# What stands in the way


def _refuse(change: SetupChange, wanted: Text) -> None:
    stored = connections_stored()
    for difference in change.differences:
        part, name, *rest = difference.place.split(".")
        if part == "connections":
            _refuse_connection(stored.get(name), name, rest[0], difference)
    for mapping in change.mappings:
        couplings = mapping.records.get("uncouple") or 0
        if mapping.kind == REMOVED and couplings:
            raise ConfigurationError(
                f"The set-up file cannot be used. It does not list mappings[{mapping.name}], which has {couplings} couplings. "
                "Uncouple them first, or list the mapping.",
                code="mapping_has_couplings",
            )
    if change.mappings and not {"nav", "sales"} <= stored.keys():
        raise ConfigurationError(
            "There are no connections yet, and mappings belong to connections. Run setup_connection first.",
            code="no_connection",
        )
    if "options" in wanted and any(difference.place.startswith("options.") for difference in change.differences):
        _price_list(stored.get("sales"), str(wanted["options"]["default_price_list"]))
    _refuse_targets(wanted)


def _refuse_connection(connection: Connection | None, name: str, key: str, difference: Difference) -> None:
    if connection is None:
        raise ConfigurationError(
            f"There is no connection to {'NAV' if name == 'nav' else 'Sales'} yet, and a file without secrets cannot make one. "
            "Run setup_connection first, or take the part connections out of the file.",
            code="no_connection",
        )
    if key in LOCKED and connection.is_enabled:
        raise ConfigurationError(
            f"The set-up file cannot be used. In {difference.place}: the connection {connection.name} is enabled, and its "
            "address and sign-in can be changed only while it is disabled. Disable it first, or take the part connections out "
            "of the file.",
            code="connection_enabled",
        )
    if key in {"address", "authority"} and difference.after:
        address_check(str(difference.after), rules_from_settings())


def _refuse_targets(wanted: Text) -> None:
    if "mappings" not in wanted:
        return
    listed = {text["name"]: text for text in wanted["mappings"]}
    for name, text in listed.items():
        for other in text.get("depends_on", []):
            if other not in listed:
                raise _wrong(f"mappings[{name}].depends_on", f"there is no mapping {other}")
        for row in text["fields"]:
            if row.get("target") and row["target"] not in listed:
                raise _wrong(
                    f"mappings[{name}].fields[{row['erp']} – {row['crm']}].target",
                    f"there is no mapping {row['target']}",
                )
    if circle := cycle_of({name: list(text.get("depends_on", [])) for name, text in listed.items()}):
        raise _wrong(
            f"mappings[{circle[0]}].depends_on", f"the mappings depend on each other in a circle: {' → '.join(circle)}"
        )


def _wrong(place: str, what: str) -> ConfigurationError:
    return ConfigurationError(f"The set-up file cannot be used. In {place}: {what}.", code="setup_file")


def _price_list(sales: Connection | None, name: str) -> str:
    """Return the id of the default price list by its name. Raises ConfigurationError where there is none."""
    if sales is None:
        raise ConfigurationError("There is no connection to Sales yet. Run setup_connection.", code="no_connection")
    if not name:
        return ""
    return str(
        References(sales).resolved({"fields": {"table": "pricelevel", "name": name}, "name": "default price list"})[
            "fields"
        ]
    )


# Storing


def _price_list_wanted(wanted: Text) -> tuple[str, str] | None:
    """Return name and id of another default price list than the present one, or None where it stays."""
    sales, name = connections_stored().get("sales"), wanted.get("options", {}).get("default_price_list")
    if sales is None or name is None or name == sales.setting("default_price_list_name"):
        return None
    return name, _price_list(sales, name)


def _connections_store(wanted: Text, price_list: tuple[str, str] | None) -> None:
    stored = connections_stored()
    for name, text in wanted.get("connections", {}).items():
        connection = stored[name]
        for key, value in text.items():
            if key == "services":
                connection.settings = {**connection.settings, "services_chosen": dict(value)}
            else:
                setattr(connection, key, value)
        connection.save()
    sales = stored.get("sales")
    if sales is not None and price_list is not None:
        name, key = price_list
        sales.settings = {**sales.settings, "default_price_list_id": key, "default_price_list_name": name}
        sales.save(update_fields=["settings"])


def _mappings_store(wanted: Text, change: SetupChange, labels: dict[str, dict[str, tuple[int, str]]]) -> list[str]:
    if not change.mappings:
        return []
    stored = connections_stored()
    nav, sales = stored["nav"], stored["sales"]
    every = IntegrationTableMapping.objects.filter(erp=nav, crm=sales)
    touched = {part.name for part in change.mappings if part.name}
    refuse_if_held(every.filter(name__in=touched))
    every.filter(name__in=[part.name for part in change.mappings if part.kind == REMOVED]).delete()
    notes = []
    for position, text in enumerate(wanted["mappings"], 1):
        if text["name"] in touched:
            mapping = mapping_store(nav, sales, position, text)
            notes += _options_tie(mapping, text, labels.get(text["name"], {}))
        else:
            every.filter(name=text["name"]).update(position=position)
    catalog_note(every)
    return notes


def _labels(wanted: Text) -> dict[str, dict[str, tuple[int, str]]]:
    """Return, per option mapping that lists codes, the options of this environment by label; asked before anything is stored."""
    sales = connections_stored().get("sales")
    listing = [
        text for text in wanted.get("mappings", []) if text.get("options") and text.get("kind") == MappingKind.OPTION
    ]
    found: dict[str, dict[str, tuple[int, str]]] = {}
    if sales is None or not listing:
        return found
    with crm_client(sales) as client:
        for text in listing:
            options = client.options(text["crm_table"], text["option_column"])
            found[text["name"]] = {match_key(label): (value, label) for value, label in options.items()}
    return found


def _options_tie(mapping: IntegrationTableMapping, text: Text, labels: dict[str, tuple[int, str]]) -> list[str]:
    present = {option.erp_key for option in mapping.options.all()}
    values, missing = {}, []
    for row in text.get("options", []):
        option = labels.get(match_key(row["label"]))
        if option is not None:
            values[row["erp"]] = option
        elif row["erp"] not in present:
            missing.append(row["erp"])
    options_store(mapping, values)
    if not missing:
        return []
    return [f"{mapping.name}: {', '.join(missing)} has no option in Sales yet; the next synchronization adds it."]


# Defaults and versions


def defaults_document() -> Text:
    """Return the shipped mappings as a document; connections and options stay as they are."""
    return {"schema": SCHEMA, "mappings": [default_text(default) for default in MAPPINGS]}


def defaults_preview() -> SetupChange:
    """Return exactly which changes of people *Use Default Synchronization Setup* would undo. Raises ConfigurationError."""
    return setup_preview(defaults_document())


def defaults_apply(user: str) -> SetupChange:
    """Go back to the shipped mappings; the set-up before is kept as a SetupVersion to return to. Raises as `setup_apply`."""
    return setup_apply(defaults_document(), user, reason="Use Default Synchronization Setup")


def version_preview(version: SetupVersion) -> SetupChange:
    """Return what returning to a version would change. Raises ConfigurationError."""
    return setup_preview(_without_connections(version.document))


def version_return(version: SetupVersion, user: str) -> SetupChange:
    """Return to the mappings and options of a version; connections stay as they are. Raises as `setup_apply`."""
    return setup_apply(_without_connections(version.document), user, reason=f"Return to {version}")


def _without_connections(document: Text) -> Text:
    return {key: value for key, value in document.items() if key != "connections"}


def only_parts(document: Text, parts: list[str]) -> Text:
    """Return a document with these of its parts. Raises ConfigurationError for an unknown one."""
    if unknown := [part for part in parts if part not in PARTS]:
        raise ConfigurationError(
            f"There is no part {unknown[0]!r}; the parts are {', '.join(PARTS)}.", code="setup_file"
        )
    return {key: value for key, value in document.items() if key == "schema" or key in parts}

"""The explanation of one record, from the mirror; nothing here asks a remote system."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from sync.choices import CouplingState, Direction, FieldStatus, SynchAction
from sync.engine.filters import meets
from sync.engine.values import REFERENCE_KINDS, canonical_crm, canonical_erp
from sync.models import (
    Coupling,
    FieldConflict,
    IntegrationFieldMapping,
    IntegrationTableMapping,
    MirrorRecord,
    OptionMapping,
    PendingRecord,
    SynchJobEntry,
    SynchJobError,
)
from sync.selectors.listing import mapping_for, mirror_for
from sync.selectors.mappings import filter_words
from sync.selectors.record_lists import RecordList
from sync.tables.looks import BAD, CONFLICT, IDLE, OFF, OK, READY, WAIT, Look, coupling_look

# Values of these kinds look different on both sides although they mean the same.
TRANSLATED_KINDS = REFERENCE_KINDS | {"option", "state", "choice"}


@dataclass(frozen=True, slots=True)
class FieldRow:
    """One mapped field: NAV now, last agreed, Sales now, and what that means."""

    field: IntegrationFieldMapping
    caption: str
    erp: Any
    agreed: Any
    crm: Any
    look: Look
    differs_erp: bool = False
    differs_crm: bool = False


@dataclass(frozen=True, slots=True)
class Check:
    """One step on the way to the answer."""

    look: Look
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Answer:
    """The one sentence that a record's page opens with."""

    look: Look
    title: str
    text: str
    next_at: datetime | None = None
    since: datetime | None = None
    attempts: int | None = None


@dataclass(slots=True)
class RecordView:
    """Everything known of one record."""

    record: MirrorRecord | None
    mapping: IntegrationTableMapping | None
    key: str
    name: str
    coupling: Coupling | None = None
    pending: PendingRecord | None = None
    partner: MirrorRecord | None = None
    conflicts: list[FieldConflict] = field(default_factory=list)
    fields: list[FieldRow] = field(default_factory=list)
    checks: list[Check] = field(default_factory=list)
    entries: list[SynchJobEntry] = field(default_factory=list)
    errors: list[SynchJobError] = field(default_factory=list)
    answer: Answer = Answer(IDLE, "", "")

    @property
    def life(self) -> list["Life"]:
        """What was done with it, newest first; the marker is the side that changed."""
        return [_life(entry) for entry in self.entries]

    @property
    def agreeing(self) -> int:
        """How many fields agree."""
        return sum(row.look.tone == "ok" for row in self.fields)


@dataclass(frozen=True, slots=True)
class Life:
    """One entry of a record's line of life."""

    entry: SynchJobEntry
    side: str
    title: str
    text: str


def _life(entry: SynchJobEntry) -> Life:
    side = "crm" if entry.job.direction == Direction.TO else "erp"
    system = "Sales" if side == "crm" else "NAV"
    title = str(entry.get_action_display())
    if entry.action == SynchAction.INSERT:
        title = _("Created in %(system)s") % {"system": system}
    elif entry.action == SynchAction.MODIFY:
        count = len(entry.fields or {}) or 1
        title = ngettext("%(number)s field sent to %(system)s", "%(number)s fields sent to %(system)s", count) % {
            "number": count,
            "system": system,
        }
    return Life(entry, side, title, ", ".join(entry.fields or {}) or entry.reason)


def record_view(item: RecordList, key: str) -> RecordView | None:
    """Return the explanation of one record; None when neither the mirror nor a coupling knows it."""
    mirror, mapping = mirror_for(item), mapping_for(item.table)
    record = MirrorRecord.objects.filter(mirror_table=mirror, key=key).first() if mirror else None
    coupling = Coupling.objects.filter(mapping=mapping, erp_key=key).select_related("to_job", "from_job").first()
    if record is None and coupling is None:
        return None
    view = RecordView(record, mapping, key, name=record.name if record else "", coupling=coupling)
    view.pending = PendingRecord.objects.filter(mapping=mapping, direction=Direction.TO, key=key).first()
    if coupling and mapping:
        view.partner = MirrorRecord.objects.filter(
            mirror_table__connection=mapping.crm, mirror_table__table=mapping.crm_table, key=coupling.crm_id
        ).first()
        view.conflicts = list(coupling.conflicts.filter(state="open"))
    view.fields = _field_rows(view)
    view.entries = list(
        SynchJobEntry.objects.filter(job__mapping=mapping, erp_key=key)
        .select_related("job", "job__run")
        .order_by("-pk")[:10]
    )
    view.errors = list(
        SynchJobError.objects.filter(mapping=mapping, erp_key=key).select_related("job").order_by("-pk")[:10]
    )
    view.answer = _answer(view)
    view.checks = _checks(view)
    return view


def _field_rows(view: RecordView) -> list[FieldRow]:
    if view.mapping is None or view.record is None:
        return []
    mapped = list(view.mapping.fields.filter(status=FieldStatus.ENABLED))
    names = _reference_names(view, mapped)
    conflicts = {conflict.field for conflict in view.conflicts}
    return [_field_row(view, spec, names, conflicts) for spec in mapped]


def _field_row(view: RecordView, spec: IntegrationFieldMapping, names: dict[str, str], conflicts: set[str]) -> FieldRow:
    assert view.record is not None
    partner = view.partner.values if view.partner else {}
    erp_raw, crm_raw = view.record.values.get(spec.erp_field), partner.get(_crm_column(spec, partner))
    erp, crm = canonical_erp(spec.kind, erp_raw), canonical_crm(spec.kind, crm_raw)
    entry = (view.coupling.baseline or {}).get(str(spec.pk)) if view.coupling else None
    shown_erp, shown_crm = _shown(spec, erp, names), _shown(spec, crm, names)
    agreed = _shown(spec, entry[-1] if entry else None, names)
    moved_erp = entry is not None and bool(entry) and entry[0] != erp and spec.erp_field in view.record.values
    moved_crm = entry is not None and bool(entry) and entry[-1] != crm and _crm_column(spec, partner) in partner
    look = _verdict(view, spec, entry, moved_erp, moved_crm, conflicts)
    return FieldRow(
        field=spec,
        caption=spec.erp_caption or spec.crm_caption or spec.erp_field.lstrip("@") or spec.crm_field,
        erp=spec.constant if not spec.erp_field else shown_erp,
        agreed=agreed,
        crm=spec.constant if not spec.crm_field else shown_crm,
        look=look,
        differs_erp=moved_erp,
        differs_crm=moved_crm,
    )


def _crm_column(spec: IntegrationFieldMapping, partner: dict[str, Any]) -> str:
    wire = f"_{spec.crm_field}_value"
    return wire if wire in partner else spec.crm_field


def _shown(spec: IntegrationFieldMapping, value: Any, names: dict[str, str]) -> Any:
    if value is None:
        return None
    if spec.kind == "option":
        return names.get(f"{spec.target}:{value}", value)
    return names.get(str(value).lower(), value) if spec.kind in REFERENCE_KINDS else value


def _reference_names(view: RecordView, mapped: list[IntegrationFieldMapping]) -> dict[str, str]:
    """Return the names behind the ids that lookups hold, for all fields in two queries."""
    ids: set[str] = set()
    options: set[int] = set()
    partner = view.partner.values if view.partner else {}
    for spec in mapped:
        values: list[Any] = [partner.get(_crm_column(spec, partner))]
        if view.coupling:
            values += (view.coupling.baseline or {}).get(str(spec.pk), [])
        if spec.kind in REFERENCE_KINDS:
            ids |= {str(value).lower() for value in values if value}
        if spec.kind == "option":
            options |= {int(value) for value in values if str(value).isdigit()}
    names: dict[str, str] = {}
    if ids and view.mapping:
        rows = MirrorRecord.objects.filter(mirror_table__connection=view.mapping.crm, key__in=ids)
        names = {key.lower(): name or number or key for key, name, number in rows.values_list("key", "name", "number")}
    if options and view.mapping:
        found = OptionMapping.objects.filter(mapping__crm=view.mapping.crm, value__in=options)
        labels = found.values_list("mapping__name", "value", "label")
        names.update({f"{name}:{value}": label for name, value, label in labels if label})
    return names


def _verdict(
    view: RecordView,
    spec: IntegrationFieldMapping,
    entry: list[Any] | None,
    moved_erp: bool,
    moved_crm: bool,
    conflicts: set[str],
) -> Look:
    if {str(spec.pk), spec.erp_field, spec.crm_field} & conflicts - {""}:
        return CONFLICT.saying(_("Both sides changed it"))
    if view.coupling is None:
        return IDLE.saying(_("Not coupled yet"))
    if str(spec.pk) in (view.coupling.deferred or []):
        return WAIT.saying(_("Waits for a later mapping"))
    if entry is None:
        return IDLE.saying(_("Not compared yet"))
    return _movement(spec, entry, moved_erp, moved_crm)


def _movement(spec: IntegrationFieldMapping, entry: list[Any], moved_erp: bool, moved_crm: bool) -> Look:
    """Return what a field that has been compared before does next."""
    if moved_erp and spec.direction == Direction.FROM:
        return OFF.saying(_("Differs, one-way from Sales"))
    if moved_crm and not moved_erp and spec.direction == Direction.TO:
        return OFF.saying(_("Differs, one-way from NAV"))
    if moved_erp and moved_crm:
        return CONFLICT.saying(_("Both sides changed it"))
    if moved_erp:
        return READY.saying(_("Changed in NAV, goes to Sales"))
    if moved_crm:
        return READY.saying(_("Changed in Sales, goes to NAV"))
    if spec.kind not in TRANSLATED_KINDS and entry and entry[0] != entry[-1]:
        if spec.direction == Direction.FROM:
            return OFF.saying(_("Differs, one-way from Sales"))
        if spec.direction == Direction.TO:
            return OFF.saying(_("Differs, one-way from NAV"))
    return OK.saying(_("Agrees"))


def _answer(view: RecordView) -> Answer:
    pair, pending = view.coupling, view.pending
    if pair is None:
        if pending is not None:
            title = _("It waits and is not in Sales yet") if pending.waits else _("It did not get through to Sales")
            look = WAIT if pending.waits else BAD
            return Answer(look, title, pending.message, pending.retry_at, pending.first_at, pending.attempts)
        if view.record and view.mapping and not meets(view.record.values, view.mapping.erp_filter or []):
            words = ", ".join(filter_words(view.mapping.erp_filter))
            return Answer(
                OFF, _("Outside the filter"), _("The mapping takes records where %(filter)s.") % {"filter": words}
            )
        text = _("Nothing is sent or received until it is coupled with a record in Sales.")
        return Answer(IDLE, _("Not coupled"), text)
    if view.record is None or view.record.deleted_at:
        return Answer(BAD, _("It is gone in NAV"), pair.reason or _("Its partner in Sales is still there."))
    if view.conflicts or pair.state == CouplingState.CONFLICT:
        number = len(view.conflicts) or 1
        title = ngettext("%(number)s field differs: choose one", "%(number)s fields differ: choose", number) % {
            "number": number
        }
        text = _("Both sides changed it since they last agreed. The other fields flow on.")
        return Answer(CONFLICT, title, pair.reason or text)
    if pair.state == CouplingState.WAITING:
        return Answer(WAIT, _("In sync, except for what waits"), pair.reason, pair.retry_at)
    if pair.state in (CouplingState.FAILED, CouplingState.SKIPPED):
        return Answer(coupling_look(pair.state), _("Not in sync"), pair.reason, pair.retry_at)
    if pair.state == CouplingState.UNCOUPLED:
        text = _("Somebody uncoupled it. It stays so until a person couples it again.")
        return Answer(IDLE, _("Uncoupled by hand"), pair.reason or text)
    changed = sum(row.look.glyph == "ready" for row in view.fields)
    if changed:
        title = ngettext(
            "In sync, except %(number)s field that follows", "In sync, except %(number)s fields that follow", changed
        ) % {"number": changed}
        return Answer(
            READY, title, _("It changed since both sides last agreed. The next synchronization takes it along.")
        )
    text = _("All mapped fields equal the values both sides last confirmed.")
    return Answer(OK, _("In sync"), text)


def _checks(view: RecordView) -> list[Check]:
    checks = [_check_exists(view)]
    if view.mapping is None:
        return checks
    checks += [_check_filter(view), _check_coupled(view)]
    if view.coupling is not None:
        checks.append(_check_conflict(view))
    trouble = view.pending.message if view.pending else ""
    if view.coupling and view.coupling.state in (CouplingState.WAITING, CouplingState.FAILED, CouplingState.SKIPPED):
        trouble = trouble or view.coupling.reason
    if trouble:
        checks.append(Check(view.answer.look, _("Something holds it up"), trouble))
    return checks


def _check_exists(view: RecordView) -> Check:
    if view.record is None or view.record.deleted_at:
        return Check(BAD, _("It is gone in NAV"), _("NAV no longer lists a record with this key."))
    text = f"{view.record.number or view.key} {view.record.name}".strip()
    if view.record.modified_by:
        text += ", " + _("changed by %(name)s") % {"name": view.record.modified_by}
    return Check(OK, _("It exists in NAV"), text)


def _check_filter(view: RecordView) -> Check:
    assert view.mapping is not None
    conditions = view.mapping.erp_filter or []
    if not conditions:
        text = _("Mapping %(name)s takes all records.") % {"name": view.mapping.name}
        return Check(OK, _("It is inside the filter"), text)
    words = ", ".join(filter_words(conditions))
    text = _("Mapping %(name)s takes records where %(filter)s.") % {"name": view.mapping.name, "filter": words}
    if view.record is not None and meets(view.record.values, conditions):
        return Check(OK, _("It is inside the filter"), text)
    return Check(OFF, _("It is outside the filter"), text)


def _check_coupled(view: RecordView) -> Check:
    if view.coupling is None:
        return Check(IDLE, _("It is not coupled"), _("No record in Sales is tied to it."))
    partner = view.partner.name if view.partner and view.partner.name else view.coupling.crm_id
    return Check(OK, _("It is coupled"), _("With %(name)s in Sales.") % {"name": partner})


def _check_conflict(view: RecordView) -> Check:
    if view.conflicts:
        names = ", ".join(conflict.field or _("the whole record") for conflict in view.conflicts)
        return Check(CONFLICT, _("Both sides changed the same field"), names)
    return Check(OK, _("No conflict"), _("No field was changed on both sides."))


def open_conflicts() -> QuerySet[FieldConflict]:
    """Return the open conflicts with what a list row shows of them."""
    return FieldConflict.objects.filter(state="open").select_related("coupling", "coupling__mapping")


def names_of(connection_side: str, table: str, keys: list[str]) -> dict[str, str]:
    """Return number and name of records by key."""
    rows = MirrorRecord.objects.filter(
        mirror_table__connection__side=connection_side, mirror_table__table=table, key__in=keys
    )
    return {key: f"{number} {name}".strip() for key, number, name in rows.values_list("key", "number", "name")}

# mypy: disable-error-code="no-untyped-call,attr-defined,misc"
"""Rows for tests, made in one line each; values are CRONUS, the company of NAV's own demonstration data."""

import datetime
from typing import Any

import factory
from django.contrib.auth import get_user_model
from django.utils import timezone

from connector.models import AuthKind, Connection, ConnectionState, Flavour
from sync.choices import Direction, JobQueueStatus, JobStatus, LineStage, RunStatus, SynchAction, SynchKind
from sync.models import (
    Coupling,
    FieldConflict,
    IntegrationFieldMapping,
    IntegrationTableMapping,
    JobQueueEntry,
    JobQueueLogEntry,
    MirrorRecord,
    MirrorTable,
    PendingRecord,
    Plan,
    PlanItem,
    SynchJob,
    SynchJobEntry,
    SynchJobError,
    SynchRun,
    SynchRunLine,
)


class UserFactory(factory.django.DjangoModelFactory):
    """A person; `password` is "correct horse"."""

    class Meta:
        model = get_user_model()
        skip_postgeneration_save = True

    username = factory.Sequence(lambda number: f"person{number}")
    first_name = "Annette"
    last_name = "Hill"
    password = factory.django.Password("correct horse")


class ErpConnectionFactory(factory.django.DjangoModelFactory):
    """The connection to NAV, enabled."""

    class Meta:
        model = Connection
        django_get_or_create = ("side", "address", "company")

    side = "erp"
    name = "CRONUS NAV"
    flavour = Flavour.NAV2017
    address = "https://nav.example.com:7048/DynamicsNAV100/ODataV4"
    company = "CRONUS Nederland BV"
    auth_kind = AuthKind.BASIC
    user = "CONNECTOR"
    state = ConnectionState.ENABLED
    checked_at = factory.LazyFunction(timezone.now)
    check_seconds = 0.064


class CrmConnectionFactory(factory.django.DjangoModelFactory):
    """The connection to Sales, enabled."""

    class Meta:
        model = Connection
        django_get_or_create = ("side", "address", "company")

    side = "crm"
    name = "cronus.crm4"
    flavour = Flavour.SALES
    address = "https://cronus.crm4.dynamics.com"
    company = ""
    auth_kind = AuthKind.CLIENT_SECRET
    client_id = "6b8f6c0e-0d5b-4c8e-9a55-1f2e3d4c5b6a"
    state = ConnectionState.ENABLED
    checked_at = factory.LazyFunction(timezone.now)
    check_seconds = 0.118


class MappingFactory(factory.django.DjangoModelFactory):
    """An integration table mapping, CUSTOMER unless said otherwise."""

    class Meta:
        model = IntegrationTableMapping
        django_get_or_create = ("erp", "crm", "name")

    erp = factory.SubFactory(ErpConnectionFactory)
    crm = factory.SubFactory(CrmConnectionFactory)
    name = "CUSTOMER"
    position = factory.Sequence(lambda number: number + 1)
    erp_table = "Customer"
    crm_table = "account"
    direction = Direction.BOTH
    interval_minutes = 15


class FieldFactory(factory.django.DjangoModelFactory):
    """A field pair of a mapping."""

    class Meta:
        model = IntegrationFieldMapping

    mapping = factory.SubFactory(MappingFactory)
    position = factory.Sequence(lambda number: number)
    erp_field = "Name"
    erp_caption = "Name"
    crm_field = "name"
    crm_caption = "Account Name"
    direction = Direction.BOTH


class QueueEntryFactory(factory.django.DjangoModelFactory):
    """The recurring job of a mapping."""

    class Meta:
        model = JobQueueEntry

    mapping = factory.SubFactory(MappingFactory)
    status = JobQueueStatus.READY


class MirrorTableFactory(factory.django.DjangoModelFactory):
    """NAV's customers as they were last read."""

    class Meta:
        model = MirrorTable
        django_get_or_create = ("connection", "table")

    connection = factory.SubFactory(ErpConnectionFactory)
    table = "Customer"
    columns = factory.LazyFunction(
        lambda: ["No", "Name", "City", "Phone_No", "Contact", "Salesperson_Code", "Currency_Code"]
    )
    number_column = "No"
    name_column = "Name"
    strategy = "scan"
    fetched_at = factory.LazyFunction(timezone.now)


class RecordFactory(factory.django.DjangoModelFactory):
    """One NAV customer as the mirror holds it."""

    class Meta:
        model = MirrorRecord

    mirror_table = factory.SubFactory(MirrorTableFactory)
    number = factory.Sequence(lambda number: f"{10_000 + number * 10}")
    key = factory.SelfAttribute("number")
    name = factory.Sequence(lambda number: f"Customer {number}")
    values = factory.LazyAttribute(lambda row: {"No": row.number, "Name": row.name, "City": "Coventry"})


class CouplingFactory(factory.django.DjangoModelFactory):
    """A coupled pair in sync."""

    class Meta:
        model = Coupling

    mapping = factory.SubFactory(MappingFactory)
    erp_key = factory.Sequence(lambda number: f"{10_000 + number * 10}")
    crm_id = factory.Sequence(lambda number: f"00000000-0000-4000-8000-{number:012d}")


class ConflictFactory(factory.django.DjangoModelFactory):
    """An open field conflict."""

    class Meta:
        model = FieldConflict

    coupling = factory.SubFactory(CouplingFactory)
    field = "Phone_No"
    baseline = "024 7655 0100"
    erp_value = "024 7655 0192"
    crm_value = "024 7655 0177"


class PendingFactory(factory.django.DjangoModelFactory):
    """An uncoupled record that waits."""

    class Meta:
        model = PendingRecord

    mapping = factory.SubFactory(MappingFactory)
    direction = Direction.TO
    key = factory.Sequence(lambda number: f"P{number}")
    code = "not_coupled"
    message = "Currency MYR is not in Sales."
    cause = "not_coupled:CURRENCY:MYR"
    waits = True


class RunFactory(factory.django.DjangoModelFactory):
    """A full synchronization that has finished."""

    class Meta:
        model = SynchRun

    erp = factory.SubFactory(ErpConnectionFactory)
    crm = factory.SubFactory(CrmConnectionFactory)
    number = factory.Sequence(lambda number: number + 1)
    kind = SynchKind.FULL
    status = RunStatus.FINISHED
    started_by = "Annette Hill"
    started_at = factory.LazyFunction(lambda: timezone.now() - datetime.timedelta(minutes=5))
    finished_at = factory.LazyFunction(lambda: timezone.now() - datetime.timedelta(minutes=2))


class LineFactory(factory.django.DjangoModelFactory):
    """A line that has finished."""

    class Meta:
        model = SynchRunLine

    run = factory.SubFactory(RunFactory)
    mapping = factory.SubFactory(MappingFactory)
    name = factory.SelfAttribute("mapping.name")
    position = factory.SelfAttribute("mapping.position")
    direction = factory.SelfAttribute("mapping.direction")
    stage = LineStage.DONE
    job_queue_entry_status = JobQueueStatus.FINISHED
    started_at = factory.LazyFunction(lambda: timezone.now() - datetime.timedelta(minutes=5))
    done = 10
    total = 10


class JobFactory(factory.django.DjangoModelFactory):
    """The job of one direction of a line."""

    class Meta:
        model = SynchJob

    line = factory.SubFactory(LineFactory)
    run = factory.SelfAttribute("line.run")
    mapping = factory.SelfAttribute("line.mapping")
    direction = Direction.TO
    status = JobStatus.SUCCESS
    finished_at = factory.LazyFunction(timezone.now)
    inserted = 6
    modified = 3
    unchanged = 1

    @classmethod
    def _create(cls, model_class: Any, *args: Any, **kwargs: Any) -> Any:
        """Create the job and show it on its line, as the engine does."""
        job = super()._create(model_class, *args, **kwargs)
        names = ("to_job", "to_status") if job.direction == Direction.TO else ("from_job", "from_status")
        setattr(job.line, names[0], job)
        setattr(job.line, names[1], job.status)
        job.line.save(update_fields=names)
        return job


class EntryFactory(factory.django.DjangoModelFactory):
    """A record that a job changed."""

    class Meta:
        model = SynchJobEntry

    job = factory.SubFactory(JobFactory)
    action = SynchAction.MODIFY
    erp_key = factory.Sequence(lambda number: f"{10_000 + number * 10}")
    name = "Selangorian Ltd."
    fields = factory.LazyFunction(lambda: {"telephone1": ["024 7655 0100", "024 7655 0192"]})


class ErrorFactory(factory.django.DjangoModelFactory):
    """A record that did not get through."""

    class Meta:
        model = SynchJobError

    job = factory.SubFactory(JobFactory)
    mapping = factory.SelfAttribute("job.mapping")
    direction = Direction.TO
    erp_key = factory.Sequence(lambda number: f"{10_000 + number * 10}")
    name = "Selangorian Ltd."
    code = "not_coupled"
    message = "Currency MYR is not in Sales."
    cause = "not_coupled:CURRENCY:MYR"
    waits = True


class LogEntryFactory(factory.django.DjangoModelFactory):
    """One turn of a worker."""

    class Meta:
        model = JobQueueLogEntry

    line = factory.SubFactory(LineFactory)
    what = "Writing"
    worker = "worker-1"
    started_at = factory.LazyFunction(timezone.now)
    finished_at = factory.LazyFunction(timezone.now)
    status = JobStatus.SUCCESS


class PlanFactory(factory.django.DjangoModelFactory):
    """The plan of a run."""

    class Meta:
        model = Plan

    run = factory.SubFactory(RunFactory, preview=True)


class PlanItemFactory(factory.django.DjangoModelFactory):
    """One planned action."""

    class Meta:
        model = PlanItem

    line = factory.SubFactory(LineFactory)
    plan = factory.SubFactory(PlanFactory, run=factory.SelfAttribute("..line.run"))
    mapping = factory.SelfAttribute("line.mapping")
    chunk = 1
    sequence = factory.Sequence(lambda number: number)
    direction = Direction.TO
    action = SynchAction.MODIFY
    erp_key = factory.Sequence(lambda number: f"{10_000 + number * 10}")
    name = "Selangorian Ltd."
    fields = factory.LazyFunction(lambda: {"telephone1": ["024 7655 0100", "024 7655 0192"]})
    reason = "Phone No. changed in NAV."

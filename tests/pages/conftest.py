"""What the page tests share: people of each kind, and a company's worth of rows."""

import tempfile
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from django.contrib.auth.models import Permission
from django.test import Client
from django.utils import timezone

from sync.choices import CouplingState, JobQueueStatus, JobStatus, LineStage, RunStatus, SynchAction
from tests import factories

CATALOGUE = Path(__file__).resolve().parents[2] / "locale" / "nl" / "LC_MESSAGES" / "django.po"


@pytest.fixture(scope="session", autouse=True)
def _dutch_is_compiled() -> None:
    """The Dutch texts as they are written now: `make` compiles them too, a bare pytest has no make."""
    target = CATALOGUE.with_suffix(".mo")
    if target.exists() and target.stat().st_mtime >= CATALOGUE.stat().st_mtime:
        return
    with CATALOGUE.open("rb") as source, tempfile.NamedTemporaryFile(dir=target.parent, delete=False) as made:
        write_mo(made, read_po(source, locale="nl"))
    Path(made.name).chmod(0o644)
    Path(made.name).replace(target)


@pytest.fixture
def person(db: None) -> Callable[..., Client]:
    """Return a maker of signed-in clients with exactly the permissions named."""

    def make(*permissions: str, is_superuser: bool = False) -> Client:
        user = factories.UserFactory(is_superuser=is_superuser)
        for name in permissions:
            app, codename = name.split(".")
            user.user_permissions.add(Permission.objects.get(content_type__app_label=app, codename=codename))
        client = Client()
        client.force_login(user)
        return client

    return make


@pytest.fixture
def boss(person: Callable[..., Client]) -> Client:
    """A client that may do everything."""
    return person(is_superuser=True)


@pytest.fixture
def company(db: None) -> Any:
    """Two mappings, a finished run with failures, a preview with a plan, and customers in every state."""
    customer = factories.MappingFactory(erp_filter=[["Blocked", "=", ""]])
    contact = factories.MappingFactory(
        name="CONTACT", erp_table="Contact", crm_table="contact", depends_on=["CUSTOMER"], issue=""
    )
    factories.QueueEntryFactory(mapping=customer)
    factories.FieldFactory(mapping=customer)
    phone = factories.FieldFactory(
        mapping=customer, erp_field="Phone_No", erp_caption="Phone No.", crm_field="telephone1"
    )
    factories.FieldFactory(
        mapping=customer,
        erp_field="Contact",
        crm_field="address1_primarycontactname",
        status="unavailable",
        reason="NAV's page service for Customer does not serve Contact.",
    )
    table = factories.MirrorTableFactory()
    accounts = factories.MirrorTableFactory(
        connection=customer.crm, table="account", columns=["name", "telephone1"], strategy="delta"
    )
    records = [factories.RecordFactory(mirror_table=table, name=f"Selangorian {number}") for number in range(60)]
    states = [CouplingState.IN_SYNC] * 50 + [CouplingState.WAITING, CouplingState.FAILED, CouplingState.CONFLICT]
    pairs = [
        factories.CouplingFactory(mapping=customer, erp_key=record.key, state=state, baseline={str(phone.pk): ["1"]})
        for record, state in zip(records, states, strict=False)
    ]
    for pair in pairs[:3]:
        factories.RecordFactory(
            mirror_table=accounts, number="", key=pair.crm_id, name="Selangorian Ltd.", values={"telephone1": "2"}
        )
    factories.ConflictFactory(coupling=pairs[-1], field="Phone_No")
    factories.PendingFactory(mapping=customer, key=records[-1].key)
    run = factories.RunFactory(status=RunStatus.FINISHED_WITH_ERRORS)
    line = factories.LineFactory(run=run, mapping=customer, done=60, total=60)
    factories.LineFactory(run=run, mapping=contact, step=2, depends_on=["CUSTOMER"])
    factories.LineFactory(run=run, mapping=customer, pass_number=2)
    job = factories.JobFactory(line=line, status=JobStatus.ERROR, failed=2, waiting=1)
    factories.JobFactory(line=line, direction="from")
    factories.EntryFactory.create_batch(3, job=job, erp_key=records[0].key)
    factories.EntryFactory(job=job, action=SynchAction.INSERT, fields={})
    factories.ErrorFactory.create_batch(3, job=job, erp_key=records[50].key)
    factories.ErrorFactory(
        job=job, code="value_too_long", cause="", waits=False, message="Name is longer than 160 characters."
    )
    factories.ErrorFactory(job=job, resolved_at=timezone.now(), message="Solved long ago.")
    factories.LogEntryFactory(line=line)
    preview = factories.RunFactory(preview=True)
    item = factories.PlanItemFactory(line=factories.LineFactory(run=preview, mapping=customer))
    factories.PlanItemFactory(line=item.line, plan=item.plan, action=SynchAction.WAIT, reason="Waits for MYR.")
    return SimpleNamespace(
        run=run, preview=preview, line=line, job=job, records=records, customer=customer, table=table
    )


@pytest.fixture
def running(company: Any) -> Any:
    """The company while a full synchronization is under way: one line at work, one that waits for it."""
    run = factories.RunFactory(
        status=RunStatus.RUNNING, finished_at=None, started_at=timezone.now() - timedelta(seconds=40)
    )
    line = factories.LineFactory(
        run=run,
        mapping=company.customer,
        job_queue_entry_status=JobQueueStatus.IN_PROCESS,
        stage=LineStage.APPLY,
        done=750,
        total=1000,
    )
    contact = factories.MappingFactory(name="CONTACT")
    factories.LineFactory(
        run=run,
        mapping=contact,
        step=2,
        depends_on=["CUSTOMER"],
        waits_for=["CUSTOMER"],
        job_queue_entry_status=JobQueueStatus.BLANK,
        started_at=None,
        done=0,
        total=0,
    )
    job = factories.JobFactory(line=line, status=JobStatus.IN_PROCESS, finished_at=None)
    return SimpleNamespace(run=run, line=line, job=job)

"""The tables of the synchronization, one module per noun."""

from sync.models.couplings import Coupling, FieldConflict, PendingRecord
from sync.models.events import AuditEvent
from sync.models.intents import WriteIntent
from sync.models.jobs import JobQueueEntry, JobQueueLogEntry, SynchJob, SynchJobEntry, SynchJobError
from sync.models.keys import WebServiceAccessKey
from sync.models.mappings import (
    ConfigTemplate,
    IntegrationFieldMapping,
    IntegrationTableMapping,
    MatchCriterion,
    OptionMapping,
)
from sync.models.mirror import MirrorRecord, MirrorTable
from sync.models.plans import Plan, PlanItem
from sync.models.runs import SynchChunk, SynchRun, SynchRunLine
from sync.models.workers import QueuePulse

__all__ = [
    "AuditEvent",
    "ConfigTemplate",
    "Coupling",
    "FieldConflict",
    "IntegrationFieldMapping",
    "IntegrationTableMapping",
    "JobQueueEntry",
    "JobQueueLogEntry",
    "MatchCriterion",
    "MirrorRecord",
    "MirrorTable",
    "OptionMapping",
    "PendingRecord",
    "Plan",
    "PlanItem",
    "QueuePulse",
    "SynchChunk",
    "SynchJob",
    "SynchJobEntry",
    "SynchJobError",
    "SynchRun",
    "SynchRunLine",
    "WebServiceAccessKey",
    "WriteIntent",
]

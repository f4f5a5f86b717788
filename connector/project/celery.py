"""The Celery application; queues and schedules stand in settings."""

import ctypes
import os
import signal
import sys
from typing import Any

from celery import Celery
from celery.signals import beat_embedded_init, celeryd_init

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "connector.project.settings")

app = Celery("nav_sales_connector")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["sync", "setup_wizard"])

PR_SET_PDEATHSIG = 1  # Source: linux/prctl.h


@beat_embedded_init.connect
def beat_ends_with_its_worker(**kwargs: Any) -> None:
    """Let the beat that a worker started (--beat) end when that worker is killed, so that no second one stays behind."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


# What a worker tells Flower of its settings. Celery itself tells all of Django's settings and hides them by their names
# alone: an address with a password in it, as in REDIS_URL or CACHES, would be shown.
TOLD = ("task_acks_late", "task_default_queue", "timezone", "worker_max_memory_per_child", "worker_prefetch_multiplier")


@celeryd_init.connect
def worker_tells_no_secrets(**kwargs: Any) -> None:
    """Replace the answer to Flower's question for the settings (`inspect conf`) by the few that help."""
    from celery.worker.control import inspect_command

    @inspect_command()
    def conf(state: Any, with_defaults: bool = False) -> dict[str, Any]:
        return {name: str(getattr(state.app.conf, name)) for name in TOLD}

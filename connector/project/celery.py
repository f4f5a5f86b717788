"""The Celery application; queues and schedules stand in settings."""

import ctypes
import os
import signal
import sys
from typing import Any

from celery import Celery
from celery.signals import beat_embedded_init

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "connector.project.settings")

app = Celery("nav_sales_connector")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["sync"])

PR_SET_PDEATHSIG = 1  # Source: linux/prctl.h


@beat_embedded_init.connect
def beat_ends_with_its_worker(**kwargs: Any) -> None:
    """Let the beat that a worker started (--beat) end when that worker is killed, so that no second one stays behind."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)

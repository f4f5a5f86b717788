"""The Celery application; queues and schedules stand in settings."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "connector.project.settings")

app = Celery("nav_sales_connector")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["sync"])

"""Wiring that nobody imports: settings, addresses, workers."""

from connector.project.celery import app as celery_app

__all__ = ["celery_app"]

"""What a worker tells of itself."""

import json
from types import SimpleNamespace

from celery.worker.control import Panel

from connector.project.celery import app, worker_tells_no_secrets


def test_a_worker_tells_no_address_and_no_secret(settings):
    before = dict(Panel.data)
    try:
        worker_tells_no_secrets()
        told = Panel.data["conf"](SimpleNamespace(app=app), with_defaults=True)
    finally:
        Panel.data.update(before)

    assert told["worker_prefetch_multiplier"] == "1"
    text = json.dumps(told)
    assert "://" not in text
    assert settings.SECRET_KEY not in text
    assert not any(key in text for key in settings.ENCRYPTION_KEYS)

"""Whether somebody serves each queue."""

from django.db import models


class QueuePulse(models.Model):
    """When a queue was last asked for a sign of life, and when a worker last answered."""

    queue = models.CharField(max_length=20, unique=True)
    asked_at = models.DateTimeField(null=True, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    worker = models.CharField(max_length=80, blank=True, default="")

    def __str__(self) -> str:
        return self.queue

"""Webhooks: steps registered over the Web API make the server post what happened to loopback addresses.

1. `rules` checks endpoints and steps as they are registered and keeps their secrets apart,
2. `events` finds the steps a write concerns, once it is committed, and `context` builds what they are sent,
3. `deliveries` posts in threads of its own, repeats what may be repeated, and reports; system jobs tell the outcome.

Source: learn.microsoft.com, "Use webhooks to create external handlers for server events", "Register a webhook".
"""

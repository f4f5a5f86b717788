"""Pure decisions: what to do with which record, and why. No database, no HTTP, no Django."""

"""The way from an empty installation to a first full synchronization."""

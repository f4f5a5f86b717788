"""Every write of the synchronization; pages, tasks and commands call these."""

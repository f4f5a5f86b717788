"""Database migrations of the synchronization."""

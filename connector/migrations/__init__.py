"""Database migrations of the connections."""

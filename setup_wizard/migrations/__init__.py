"""Database changes of the set-up."""

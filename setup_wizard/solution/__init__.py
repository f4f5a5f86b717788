"""Our own Dataverse solution, written down as Python and packed by `package.py`; nothing of it is a checked-in file."""

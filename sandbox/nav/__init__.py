"""A stand-in for Dynamics NAV 2017 and Business Central: OData V4 page services over tables in memory.

Tables and pages are data (`tables.py`, `pages.py`); `view.py`, `query.py` and `services.py` read and write them over
HTTP; `writer.py` with `rules.py`, `people.py` and `rules_documents.py` does what NAV's own code does to a record.
"""

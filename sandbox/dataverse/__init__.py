"""A stand-in for Dynamics 365 Sales: the Dataverse Web API v9.2 and its Entra-like authority, all in memory.

The tables are declared as data in `tables/`, what a write has to obey stands in `writer.py` and `rules/`, the wire in
`app.py` (routing), `query.py` with its filters and expansions, `render.py`, `references.py`, `batch.py`, `bulk.py`,
`tracking.py`, and the metadata in `metadata*.py`, `definitions.py`, `relationships.py` and `csdl.py`.
What is not supported answers 501 with a sentence that says so.
"""

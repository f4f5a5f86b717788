"""Stand-in servers for Dynamics NAV / Business Central and Dynamics 365 Sales.

They import nothing of the product and the product imports nothing of them: a shared bug must not hide.
Start both with `python -m sandbox`; see sandbox/README.md.
"""

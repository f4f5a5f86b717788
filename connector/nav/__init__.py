"""The ERP side: Dynamics NAV 2017 and later, and Business Central, by OData V4 page services."""

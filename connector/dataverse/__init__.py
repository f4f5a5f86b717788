"""The CRM side: Dynamics 365 for Sales, by the Dataverse Web API 9.2."""

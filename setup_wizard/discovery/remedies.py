"""What to do about a problem, beyond what its own sentence says: by the code of the error."""

from typing import Any

from connector.transport import TimeLimits

# A person waits: one more attempt at most, and no two minutes for an answer.
PATIENCE: dict[str, Any] = {"limits": TimeLimits(connect=10.0, read=40.0, total=60.0), "attempts": 2}

_TODO = {
    "windows_only": (
        "On the NAV server, in the administration shell: Set-NAVServerConfiguration INSTANCE -KeyName "
        "ClientServicesCredentialType -KeyValue NavUserPassword, the same with ServicesCertificateThumbprint and "
        "ODataServicesSSLEnabled = true, then "
        "Restart-NAVServerInstance INSTANCE. Where people sign in with Windows, do it on a second server instance of the same "
        "database, so that nothing changes for them."
    ),
    "certificate": (
        "A server with a certificate of its own authority: export the authority's certificate as PEM and name the file under "
        "Certificate authority."
    ),
    "html": "Open the address in a browser on the machine that runs this program: you see who answers instead.",
    "405": (
        "On the NAV server: Set-NAVServerConfiguration INSTANCE -KeyName ODataServicesEnabled -KeyValue true and "
        "ODataServicesV4EndpointEnabled -KeyValue true, then restart the instance."
    ),
    "Authentication_InvalidCredentials": (
        "On the user's card in NAV: the user name is the one under User Name, the key the one under Web Service Access Key."
    ),
    "tenant": "Take the tenant that the environment itself names; leave the field empty to have it filled.",
    "0x80072560": (
        "Power Platform admin center, the environment, Settings, Users + permissions, Application users, New app user: choose "
        "the application."
    ),
    "company": "Choose a company of the list.",
    "no_environment": "Copy the address from the browser while Sales is open: https://yours.crm4.dynamics.com.",
}


def todo_for(code: str) -> str:
    """Return what to do about an error with this code, or an empty text where its sentence says all."""
    return _TODO.get(code, "")

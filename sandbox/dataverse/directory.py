"""Who can sign in: the tenant, its applications with secrets and certificates, its users with passwords."""

from __future__ import annotations

import base64
import hashlib
import hmac
import uuid
from dataclasses import dataclass, field

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from sandbox.dataverse.tokens import decoded_part

POWERSHELL_CLIENT = "51f81489-12ee-4a9e-aaae-a2591f45987d"
"""The public client id Microsoft gives for trying things out."""


@dataclass(slots=True)
class Application:
    """An app registration."""

    client_id: str
    object_id: str
    secret: str | None = None
    name: str = "Application"
    certificates: list[x509.Certificate] = field(default_factory=list)


@dataclass(slots=True)
class Account:
    """A person who can sign in."""

    object_id: str
    name: str
    user: str
    password: str
    disabled: bool = False


@dataclass(frozen=True, slots=True)
class SignInProblem:
    """Why a person cannot sign in: the AADSTS number and its text."""

    number: int
    text: str


@dataclass(slots=True)
class Directory:
    """One tenant."""

    tenant: str
    domain: str
    applications: dict[str, Application] = field(default_factory=dict)
    accounts: dict[str, Account] = field(default_factory=dict)
    """By user name in lower case."""
    refused: set[str] = field(default_factory=set)
    """Applications the environment's administrator keeps out of the Web API."""

    def knows_tenant(self, name: str) -> bool:
        """Whether an address names this tenant."""
        return name.lower() in (self.tenant, self.domain, "organizations", "common")

    def add_certificate(self, client_id: str, pem: bytes) -> None:
        """Let an application sign in with a certificate. Raises: KeyError, ValueError."""
        self.applications[client_id].certificates.append(x509.load_pem_x509_certificate(pem))

    def register(self, client_id: str, secret: str, name: str) -> Application:
        """Add an application, or give one another secret and name."""
        held = self.applications.get(client_id)
        object_id = held.object_id if held else str(uuid.uuid5(uuid.NAMESPACE_URL, f"{self.tenant}/{client_id}"))
        self.applications[client_id] = Application(client_id, object_id, secret, name)
        return self.applications[client_id]

    def signed_in(self, user: str, password: str) -> Account | SignInProblem:
        """The account with this name and password, or what is wrong."""
        account = self.accounts.get(user.lower())
        if account is None:
            text = (
                f"The user account {user} does not exist in the {self.tenant} directory. To sign into this application, "
                "the account must be added to the directory."
            )
            return SignInProblem(50034, text)
        if not hmac.compare_digest(account.password.encode(), password.encode()):
            return SignInProblem(50126, "Error validating credentials due to invalid username or password.")
        if account.disabled:
            return SignInProblem(50057, "The user account is disabled.")
        return account


def assertion_problem(application: Application, assertion: str, audience: str, now: float) -> str | None:
    """What is wrong with a signed client assertion, or None."""
    try:
        head, body, signature = assertion.split(".")
        header, claims = decoded_part(head), decoded_part(body)
    except ValueError:
        return "the assertion is no JWT"
    if claims.get("iss") != application.client_id or claims.get("sub") != application.client_id:
        return "the assertion is for another application"
    if claims.get("aud") != audience:
        return "the assertion is for another audience"
    if float(claims.get("exp", 0)) <= now:
        return "the assertion is expired"
    signed = f"{head}.{body}".encode()
    if any(_verifies(certificate, header, signed, signature) for certificate in application.certificates):
        return None
    return "the certificate is not registered on the application"


def _verifies(certificate: x509.Certificate, header: dict[str, str], signed: bytes, signature: str) -> bool:
    key = certificate.public_key()
    if not isinstance(key, rsa.RSAPublicKey):
        return False
    data = base64.urlsafe_b64decode(signature + "=" * (-len(signature) % 4))
    pad: padding.AsymmetricPadding = padding.PKCS1v15()
    if header.get("alg") == "PS256":
        pad = padding.PSS(padding.MGF1(hashes.SHA256()), padding.PSS.DIGEST_LENGTH)
    try:
        key.verify(data, signed, pad, hashes.SHA256())
    except InvalidSignature:
        return False
    return True


def pkce_matches(challenge: str, method: str, verifier: str) -> bool:
    """Whether a code verifier belongs to a challenge."""
    if method != "S256":
        return hmac.compare_digest(challenge, verifier)
    digest = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    return hmac.compare_digest(challenge, digest)

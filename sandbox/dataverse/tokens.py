"""Issues and checks access tokens: JWTs signed with a key of this process."""

from __future__ import annotations

import base64
import uuid
from typing import Any

import orjson
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from sandbox.common.clock import Clock

LIFETIME_SECONDS = 3599


class TokenRefused(Exception):
    """A bearer token is missing, unknown, too old or for another resource."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class Tokens:
    """All tokens of one authority. A token it did not issue itself is unknown."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self._key_id = uuid.uuid4().hex
        self._issued: dict[str, dict[str, Any]] = {}

    def issue(self, claims: dict[str, Any]) -> str:
        """An access token with these claims and the usual times."""
        now = int(self._clock.seconds())
        full = {"iat": now, "nbf": now, "exp": now + LIFETIME_SECONDS, "uti": uuid.uuid4().hex, **claims}
        token = self.sign(full)
        self._issued[token] = full
        return token

    def sign(self, claims: dict[str, Any]) -> str:
        """A JWT over the claims."""
        header = {"typ": "JWT", "alg": "RS256", "kid": self._key_id}
        text = f"{_encoded(orjson.dumps(header))}.{_encoded(orjson.dumps(claims))}"
        signature = self._key.sign(text.encode(), padding.PKCS1v15(), hashes.SHA256())
        return f"{text}.{_encoded(signature)}"

    def claims(self, authorization: str, audience: str, tenant: str) -> dict[str, Any]:
        """The claims of a bearer token. Raises: TokenRefused."""
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise TokenRefused("", "No bearer token was sent.")
        claims = self._issued.get(token.strip())
        if claims is None:
            raise TokenRefused("0x80041d51", "The token is not one of this authority.")
        if claims["exp"] <= self._clock.seconds():
            raise TokenRefused("0x80041d52", "The OAuth token has expired.")
        if claims["aud"] != audience or claims["tid"] != tenant:
            raise TokenRefused("0x80041d51", "The token is for another resource.")
        return claims

    def expire(self) -> None:
        """Let every token issued so far count as expired."""
        for claims in self._issued.values():
            claims["exp"] = 0

    def public_keys(self) -> dict[str, Any]:
        """The JSON web key set."""
        numbers = self._key.public_key().public_numbers()
        key = {
            "kty": "RSA",
            "use": "sig",
            "alg": "RS256",
            "kid": self._key_id,
            "n": _encoded(numbers.n.to_bytes(256, "big")),
            "e": _encoded(numbers.e.to_bytes(3, "big")),
        }
        return {"keys": [key]}


def _encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def decoded_part(text: str) -> dict[str, Any]:
    """One part of a JWT. Raises: ValueError."""
    value = orjson.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    if not isinstance(value, dict):
        raise ValueError("no JSON object")
    return value

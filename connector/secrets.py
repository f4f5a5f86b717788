"""Secrets at rest: encrypted with a ring of keys, the newest first.

The first key of settings.ENCRYPTION_KEYS encrypts, all of them decrypt; `rotate` writes a secret anew under the first.
"""

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from connector.errors import ConfigurationError


def key_ring() -> MultiFernet:
    """Return the key ring. Raises ConfigurationError when no key is set or one is malformed."""
    from django.conf import settings

    keys = list(getattr(settings, "ENCRYPTION_KEYS", ()) or ())
    if not keys:
        raise ConfigurationError(
            "No encryption key is set, so secrets can be neither kept nor read. Set ENCRYPTION_KEYS to a key made with "
            "python -c 'from cryptography.fernet import Fernet; print(Fernet.generate_key().decode())'.",
            code="no_encryption_key",
        )
    try:
        return MultiFernet([Fernet(key) for key in keys])
    except (ValueError, TypeError) as error:
        raise ConfigurationError(
            "A key in ENCRYPTION_KEYS is malformed. A key is 44 characters of URL-safe base64; several are parted by commas.",
            code="bad_encryption_key",
        ) from error


def encrypt(text: str) -> str:
    """Return a secret in the form that is stored; empty stays empty."""
    return key_ring().encrypt(text.encode()).decode() if text else ""


def decrypt(token: str) -> str:
    """Return a stored secret in the clear. Raises ConfigurationError when none of the keys fits."""
    if not token:
        return ""
    try:
        return key_ring().decrypt(token.encode()).decode()
    except InvalidToken as error:
        raise ConfigurationError(
            "A stored secret cannot be read with the present ENCRYPTION_KEYS. Put the former key back into the list, "
            "or enter the secret again.",
            code="secret_unreadable",
        ) from error


def rotate(token: str) -> str:
    """Return a stored secret encrypted anew under the first key. Raises as `decrypt`."""
    if not token:
        return ""
    try:
        return key_ring().rotate(token.encode()).decode()
    except InvalidToken:
        decrypt(token)  # raises with the sentence
        raise

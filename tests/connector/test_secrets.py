"""Secrets at rest: a ring of keys, the newest first."""

from collections.abc import Callable

import pytest
from cryptography.fernet import Fernet
from pytest_django import Settings

from connector import secrets
from connector.errors import ConfigurationError

OLD, NEW = Fernet.generate_key().decode(), Fernet.generate_key().decode()


@pytest.fixture
def ring(settings: Settings) -> Settings:
    """Settings that hold the old key only."""
    settings.ENCRYPTION_KEYS = [OLD]
    return settings


class TestKeyRing:
    def test_keeps_a_secret_unreadable_and_gives_it_back(self, ring: Settings) -> None:
        token = secrets.encrypt("s3cret ü")

        assert "s3cret" not in token
        assert secrets.decrypt(token) == "s3cret ü"

    def test_leaves_empty_empty(self, ring: Settings) -> None:
        assert (secrets.encrypt(""), secrets.decrypt(""), secrets.rotate("")) == ("", "", "")

    def test_rotates_from_the_former_key_to_the_first(self, ring: Settings) -> None:
        token = secrets.encrypt("s3cret")

        ring.ENCRYPTION_KEYS = [NEW, OLD]
        still_readable = secrets.decrypt(token)
        rotated = secrets.rotate(token)
        ring.ENCRYPTION_KEYS = [NEW]

        assert still_readable == secrets.decrypt(rotated) == "s3cret"

    @pytest.mark.parametrize("use", [secrets.decrypt, secrets.rotate], ids=["decrypt", "rotate"])
    def test_says_when_no_key_fits(self, ring: Settings, use: Callable[[str], str]) -> None:
        token = secrets.encrypt("s3cret")
        ring.ENCRYPTION_KEYS = [NEW]

        with pytest.raises(ConfigurationError, match="Put the former key back") as caught:
            use(token)

        assert caught.value.code == "secret_unreadable"
        assert token not in str(caught.value)

    @pytest.mark.parametrize(
        ("keys", "code"),
        [
            pytest.param([], "no_encryption_key", id="none"),
            pytest.param(["short"], "bad_encryption_key", id="malformed"),
        ],
    )
    def test_says_what_is_wrong_with_the_keys(self, ring: Settings, keys: list[str], code: str) -> None:
        ring.ENCRYPTION_KEYS = keys

        with pytest.raises(ConfigurationError) as caught:
            secrets.encrypt("x")

        assert caught.value.code == code

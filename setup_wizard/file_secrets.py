"""Secrets that a set-up file names: it says where each one is, and never holds one."""

import os
from pathlib import Path

from connector.errors import ConfigurationError


def secret_of(text: str, where: str) -> str:
    """Return a secret given as env:NAME or file:PATH. Raises ConfigurationError, also for one written out in the file."""
    kind, _, name = text.partition(":")
    if kind == "env":
        if value := os.environ.get(name):
            return value
        raise ConfigurationError(
            f"The secret of {where} is to come from the environment variable {name}, which is not set."
        )
    if kind == "file":
        try:
            return Path(name).read_text(encoding="utf-8").strip()
        except OSError as error:
            raise ConfigurationError(
                f"The secret of {where} is to come from the file {name}, which cannot be read: {error.strerror}."
            ) from error
    raise ConfigurationError(
        f"The secret of {where} is written out in the file. Write env:NAME or file:PATH instead, so that the file can be kept.",
        code="secret_in_file",
    )

"""Secrets as programs hold them: text, bytes, or an object that shows itself when asked alone."""

from __future__ import annotations

from typing import Protocol, TypeAlias, runtime_checkable

from factorialhr._core.errors import ConfigurationError


@runtime_checkable
class SecretLike(Protocol):
    """A secret that hides itself, such as pydantic's ``SecretStr`` and ``SecretBytes``."""

    def get_secret_value(self) -> str | bytes:
        """The secret itself."""
        ...


Secret: TypeAlias = str | bytes | SecretLike
"""A secret: text, bytes, or an object with ``get_secret_value()``, such as pydantic's ``SecretStr``."""


def secret_text(secret: object, name: str) -> str:
    """The text of a secret, without blanks around it; empty if there is none.

    Args:
        secret: What was given.
        name: What it is, for messages.

    Raises:
        ConfigurationError: It is no secret of these kinds, or bytes that are no text.
    """
    if isinstance(secret, SecretLike):
        secret = secret.get_secret_value()
    if isinstance(secret, bytes):
        try:
            secret = secret.decode()
        except UnicodeDecodeError:
            secret = None  # below, so that the bytes are in no context
    if secret is None or isinstance(secret, str):
        return (secret or "").strip()
    raise ConfigurationError(
        f"{name} must be text, bytes or an object with get_secret_value(); got {type(secret).__name__}"
    )


def token_text(token: object, name: str) -> str:
    """The text of a credential, without the ``Bearer`` with which it is copied out of a request.

    Raises:
        ConfigurationError: As ``secret_text``.
    """
    text = secret_text(token, name)
    scheme, _, rest = text.partition(" ")
    return rest.strip() if scheme.lower() == "bearer" else text

"""One TLS context for all connections of a process: building one costs 60 to 80 ms."""

from __future__ import annotations

import os
import socket
import ssl
from collections.abc import Iterable
from pathlib import Path

import httpx

from factorialhr._core.errors import ConfigurationError

# Filled once, without a lock: two threads may both build a context, and a forked child finds no lock taken.
_shared: dict[str, ssl.SSLContext] = {}


def shared_context() -> ssl.SSLContext:
    """Return the TLS context of this process; the first call builds it.

    It trusts what ``SSL_CERT_FILE`` or ``SSL_CERT_DIR`` name, else certifi's certificates.

    Raises:
        ConfigurationError: The variable names nothing, or a file without certificates. The next call tries again.
    """
    context = _shared.get("context")
    return context if context is not None else _shared.setdefault("context", _build())


def context_for(url: str) -> ssl.SSLContext:
    """Return the context for a client of this address; for ``http://``, one that costs nothing until it is used.

    Raises:
        ConfigurationError: As ``shared_context`` does, for an ``https://`` address.
    """
    return shared_context() if url.startswith("https:") else _AtFirstUse(ssl.PROTOCOL_TLS_CLIENT)


class _AtFirstUse(ssl.SSLContext):
    """Wraps connections with the shared context: file links of a plain HTTP gateway are HTTPS all the same."""

    _alpn_protocols: Iterable[str] = ()

    def set_alpn_protocols(self, alpn_protocols: Iterable[str]) -> None:
        # Kept for later: httpcore would leave the socket open if this raised.
        self._alpn_protocols = alpn_protocols

    def _real(self) -> ssl.SSLContext:
        context = shared_context()
        context.set_alpn_protocols(self._alpn_protocols)
        return context

    def wrap_socket(
        self,
        sock: socket.socket,
        server_side: bool = False,
        do_handshake_on_connect: bool = True,
        suppress_ragged_eofs: bool = True,
        server_hostname: str | bytes | None = None,
        session: ssl.SSLSession | None = None,
    ) -> ssl.SSLSocket:
        return self._real().wrap_socket(
            sock, server_side, do_handshake_on_connect, suppress_ragged_eofs, server_hostname, session
        )

    def wrap_bio(
        self,
        incoming: ssl.MemoryBIO,
        outgoing: ssl.MemoryBIO,
        server_side: bool = False,
        server_hostname: str | bytes | None = None,
        session: ssl.SSLSession | None = None,
    ) -> ssl.SSLObject:
        return self._real().wrap_bio(incoming, outgoing, server_side, server_hostname, session)


def _build() -> ssl.SSLContext:
    file, folders = os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR")
    if not file:
        _check_folders(folders)
        return httpx.create_ssl_context()
    try:
        return httpx.create_ssl_context()
    except OSError as error:
        raise ConfigurationError(
            f"SSL_CERT_FILE is {file!r}, {_problem(error)}: set it to a file of CA certificates, or unset it"
        ) from error


def _problem(error: OSError) -> str:
    if isinstance(error, ssl.SSLError):
        return "which is not a file of PEM certificates"
    return "which does not exist" if isinstance(error, FileNotFoundError) else "which cannot be read"


def _check_folders(folders: str | None) -> None:
    # OpenSSL takes a folder that does not exist for one without certificates, and then trusts nobody.
    if folders and not any(Path(folder).is_dir() for folder in folders.split(os.pathsep)):
        raise ConfigurationError(
            f"SSL_CERT_DIR is {folders!r}, which does not exist: set it to a folder of CA certificates, or unset it"
        )

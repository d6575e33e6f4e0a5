"""Who may come in: API keys, access tokens, and the OAuth2 grants that bring them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from factorialhr.testing.answers import Answer, RefusedError, json_answer
from factorialhr.testing.dice import dice

ACCESS_TOKEN_SECONDS = 3600
REFRESH_TOKEN_SECONDS = 7 * 24 * 3600


@dataclass(frozen=True)
class Credential:
    """What its holder may see and do.

    Attributes:
        kind: ``api_key``, ``user`` or ``company``.
        hidden: Names of fields that come back as null; the ``id`` always shows.
        employee_ids: Employees whose records it sees; ``None`` for all of them.
        employee_id: The employee a user's token belongs to.
        other_environment: Issued by another environment: every list is empty, as with the real API.
        read_only: Writes are forbidden.
        expires_at: Unix seconds, ``None`` for never.
        scope: OAuth2 scopes, separated by spaces.
    """

    kind: str
    hidden: frozenset[str] = frozenset()
    employee_ids: frozenset[str] | None = None
    employee_id: int | None = None
    other_environment: bool = False
    read_only: bool = False
    expires_at: float | None = None
    scope: str = "read write"

    @property
    def sees_everything(self) -> bool:
        return not self.hidden and self.employee_ids is None and not self.other_environment


@dataclass
class Grant:
    """One chain of tokens: what a code or a refresh token buys."""

    credential: Credential
    expires_at: float | None = None
    access_token: str | None = None
    used: bool = False


class OAuthError(Exception):
    """A refusal of the token endpoint, in the standard's words."""

    def __init__(self, error: str, description: str, status: int = 400) -> None:
        super().__init__(error, description, status)
        self.error, self.description, self.status = error, description, status


class Vault:
    """Every credential of one sandbox."""

    def __init__(
        self, seed: int, now: Callable[[], float], *, api_key: str | None, client_id: str, client_secret: str
    ) -> None:
        self._random = dice(seed, "credentials")
        self._now = now
        self.client_id, self.client_secret = client_id, client_secret
        self.known: dict[str, Credential] = {}
        self.codes: dict[str, Grant] = {}
        self.refresh_tokens: dict[str, Grant] = {}
        self.api_key = api_key or self._secret("key")
        self.known[self.api_key] = Credential("api_key")

    def _secret(self, kind: str) -> str:
        return f"sandbox-{kind}-{self._random.getrandbits(96):024x}"

    def admit(self, headers: Mapping[str, str]) -> Credential:
        """The credential of a request; of two on one request the API key wins.

        Raises:
            RefusedError: 401, there is none, or it is wrong, revoked or expired.
        """
        key = headers.get("x-api-key")
        scheme, _, token = headers.get("authorization", "").partition(" ")
        if key is None and scheme.lower() != "bearer":
            raise RefusedError(
                401, "No credential: send the header x-api-key, or Authorization with Bearer and a token."
            )
        credential = self.known.get(key if key is not None else token.strip())
        if credential is None or (credential.kind == "api_key") != (key is not None):
            raise RefusedError(401, "The credential is unknown, revoked, or of the other kind.")
        if credential.expires_at is not None and credential.expires_at <= self._now():
            raise RefusedError(401, "The access token has expired.")
        return credential

    def add(self, credential: Credential) -> str:
        secret = self._secret("key" if credential.kind == "api_key" else "access")
        self.known[secret] = credential
        return secret

    def add_code(self, credential: Credential) -> str:
        code = self._secret("code")
        self.codes[code] = Grant(credential)
        return code

    def add_refresh_token(self, credential: Credential, access_token: str | None = None) -> str:
        token = self._secret("refresh")
        self.refresh_tokens[token] = Grant(credential, self._now() + REFRESH_TOKEN_SECONDS, access_token)
        return token

    # -- the endpoints below /oauth -----------------------------------------------------------------

    def token_answer(self, form: Mapping[str, Any]) -> Answer:
        try:
            return json_answer(200, self._issue(form), {"cache-control": "no-store"})
        except OAuthError as problem:
            content = {"error": problem.error, "error_description": problem.description}
            return json_answer(problem.status, content)

    def _issue(self, form: Mapping[str, Any]) -> dict[str, Any]:
        self._check_client(form)
        kind = form.get("grant_type")
        if kind == "authorization_code":
            grant = self.codes.get(str(form.get("code")))
        elif kind == "refresh_token":
            grant = self.refresh_tokens.get(str(form.get("refresh_token")))
        else:
            raise OAuthError("unsupported_grant_type", "grant_type is authorization_code or refresh_token.")
        expired = grant is not None and grant.expires_at is not None and grant.expires_at <= self._now()
        if grant is None or grant.used or expired:
            raise OAuthError("invalid_grant", "The grant is unknown, expired, revoked or was used before.")
        grant.used = True
        if grant.access_token is not None:
            self.known.pop(grant.access_token, None)
        return self._new_tokens(grant.credential)

    def _check_client(self, form: Mapping[str, Any]) -> None:
        if (form.get("client_id"), form.get("client_secret")) != (self.client_id, self.client_secret):
            raise OAuthError("invalid_client", "client_id or client_secret is wrong.", 401)

    def _new_tokens(self, credential: Credential) -> dict[str, Any]:
        now = self._now()
        answer: dict[str, Any] = {"token_type": "Bearer", "scope": credential.scope, "created_at": int(now)}
        if credential.kind == "company":  # acts for the company, does not expire, needs no refreshing
            return {**answer, "access_token": self.add(replace(credential, expires_at=None))}
        access_token = self.add(replace(credential, expires_at=now + ACCESS_TOKEN_SECONDS))
        return {
            **answer,
            "access_token": access_token,
            "expires_in": ACCESS_TOKEN_SECONDS,
            "refresh_token": self.add_refresh_token(credential, access_token),
        }

    def revoke_answer(self, form: Mapping[str, Any]) -> Answer:
        try:
            self._check_client(form)
        except OAuthError as problem:
            return json_answer(problem.status, {"error": problem.error, "error_description": problem.description})
        token = str(form.get("token"))
        credential = self.known.get(token)
        if credential is not None and credential.kind != "api_key":
            del self.known[token]
        grant = self.refresh_tokens.get(token)
        if grant is not None:
            grant.used = True
        return json_answer(200, {})

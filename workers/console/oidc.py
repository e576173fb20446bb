"""The authority's own login by OpenID Connect: authorization code with PKCE, the identity by a signed token.

It says who somebody is, and never what he may: an account has to be there, bound to that identity.
"""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import httpx
from authlib.common.errors import AuthlibBaseError
from authlib.common.urls import add_params_to_uri
from authlib.integrations.httpx_client import OAuth2Client
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from schemas.errors import ConfigurationError, PermanentError, TransientError
from workers.settings import OidcSettings
from workers.web.security import LOOPBACK

_ALGORITHMS = ("RS256", "PS256", "ES256")
"""Signatures by a key pair alone: with a shared key whoever has it makes tokens."""
_SECONDS = 10
_LEEWAY = 60
_SCOPE = "openid profile"


class NotVerified(PermanentError):
    """What came back does not prove who somebody is."""


class Asking(NamedTuple):
    """What is kept, with whoever asks, until the answer comes: it belongs to this one question."""

    state: str
    nonce: str
    verifier: str
    wanted: str

    def dump(self) -> bytes:
        """Write it."""
        return json.dumps(self).encode()

    @classmethod
    def parse(cls, said: bytes) -> Asking:
        """Read what `dump` wrote."""
        return cls(*json.loads(said))


class Proven(NamedTuple):
    """Whom the provider has verified, by the names that an account may be bound to, and the token that says so."""

    names: list[str]
    token: str


@dataclass(frozen=True, slots=True)
class Oidc:
    """The provider that the settings name. Its addresses and keys are asked for at each login: they change."""

    settings: OidcSettings

    def ask(self, back: str, wanted: str) -> tuple[str, Asking]:
        """Return where the browser is sent, and what to keep meanwhile.

        Raises:
            TransientError: the provider does not answer.
            ConfigurationError: what answers is not that provider.
        """
        state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
        asking = Asking(state, nonce, verifier, wanted)
        with self._client(back) as client:
            url, _ = client.create_authorization_url(
                self._discover()["authorization_endpoint"],
                state=asking.state,
                nonce=asking.nonce,
                code_verifier=asking.verifier,
            )
        return str(url), asking

    def verify(self, back: str, asking: Asking, state: str, code: str, now: datetime) -> Proven:
        """Return the identities that an answer proves, as accounts are bound to them: its `sub`, and `@` and its name.

        Raises:
            NotVerified: the answer is to another question, or the token is not one for us, signed by the provider.
            TransientError: the provider does not answer.
        """
        if not secrets.compare_digest(state.encode(), asking.state.encode()) or not code:
            raise NotVerified("the answer is not to the question that was asked")
        with self._client(back) as client:
            found = self._discover()
            try:
                said = client.fetch_token(found["token_endpoint"], code=code, code_verifier=asking.verifier)
                keys = KeySet.import_key_set({"keys": _get(found["jwks_uri"])["keys"]})
                token = jwt.decode(str(said["id_token"]), keys, algorithms=_ALGORITHMS)
                self._check(token.claims, asking, now)
            except (AuthlibBaseError, JoseError, KeyError, TypeError, ValueError) as error:
                raise NotVerified(f"the login of the authority proves nobody: {type(error).__name__}") from None
            except httpx.HTTPError as error:
                raise TransientError(f"the login of the authority does not answer: {type(error).__name__}") from None
        return Proven(_name(token.claims), str(said["id_token"]))

    def leave(self, back: str, token: str) -> str | None:
        """Return where the browser ends the login at the provider, coming `back` then; None: it has no such place.

        Raises:
            TransientError: the provider does not answer.
            ConfigurationError: what answers is not that provider.
        """
        end = self._discover().get("end_session_endpoint")
        if not isinstance(end, str):
            return None
        _refuse_plain(end)
        said = {"client_id": self.settings.client, "post_logout_redirect_uri": back, "id_token_hint": token}
        return str(add_params_to_uri(end, [(name, value) for name, value in said.items() if value]))

    def _check(self, claims: dict[str, Any], asking: Asking, now: datetime) -> None:
        registry = jwt.JWTClaimsRegistry(
            now=int(now.timestamp()),
            leeway=_LEEWAY,
            iss={"essential": True, "value": self.settings.issuer},
            aud={"essential": True, "value": self.settings.client},
            exp={"essential": True},
            iat={"essential": True},
            sub={"essential": True},
            nonce={"essential": True, "value": asking.nonce},
        )
        registry.validate(claims)
        if isinstance(claims["aud"], list) and len(claims["aud"]) > 1 and claims.get("azp") != self.settings.client:
            raise ValueError("azp")

    def _client(self, back: str) -> OAuth2Client:
        return OAuth2Client(
            self.settings.client,
            self.settings.secret or None,
            scope=_SCOPE,
            redirect_uri=back,
            code_challenge_method="S256",
            token_endpoint_auth_method="client_secret_basic" if self.settings.secret else "none",
            timeout=_SECONDS,
            trust_env=False,
        )

    def _discover(self) -> dict[str, Any]:
        issuer = self.settings.issuer
        try:
            found = _get(f"{issuer.rstrip('/')}/.well-known/openid-configuration")
        except (httpx.HTTPError, ValueError) as error:
            raise TransientError(f"the login of the authority does not answer: {type(error).__name__}") from None
        if found.get("issuer") != issuer:
            raise ConfigurationError("XINGLIN_OIDC_ISSUER is not what the provider calls itself")
        for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
            _refuse_plain(str(found.get(name)))
        return found


def _get(url: str) -> dict[str, Any]:
    answer = httpx.get(url, timeout=_SECONDS, trust_env=False)
    answer.raise_for_status()
    found = answer.json()
    if not isinstance(found, dict):
        raise ValueError("no object")  # noqa: TRY004 - like any other answer that cannot be used
    return found


def _refuse_plain(url: str) -> None:
    parts = urlsplit(url)
    if parts.scheme != "https" and parts.hostname not in {host.strip("[]") for host in LOOPBACK}:
        raise ConfigurationError("the provider of XINGLIN_OIDC_ISSUER has an address that is not https")


def _name(claims: dict[str, Any]) -> list[str]:
    sub, name = claims["sub"], claims.get("preferred_username")
    if not isinstance(sub, str) or not sub or sub.startswith("@"):
        raise NotVerified("the identity of the login cannot be used")
    return [sub, *([f"@{name}"] if isinstance(name, str) and name else [])]

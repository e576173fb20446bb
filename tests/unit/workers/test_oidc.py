"""The authority's own login, against a provider of this test's own on loopback: code, PKCE, signed token, key set."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import RSAKey
from sqlalchemy import update
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.testclient import TestClient

from credit.store import tables
from credit.store.engine import writing
from schemas.errors import ConfigurationError
from schemas.rights import Role
from tests.accounts import PASSWORD, make_account
from workers import settings
from workers.console.app import Console
from workers.console.login import Login
from workers.runtime import Runtime, open_runtime
from workers.settings import OidcSettings
from workers.web.serving import serve

NOW = datetime(2026, 6, 1, 4, 0, tzinfo=UTC)
HOST = "http://127.0.0.1"
BACK = f"{HOST}/login/oidc/back"


class Provider:
    """A small provider: whoever comes is logged in as `user`; `change` and `sign` make its tokens wrong."""

    def __init__(self) -> None:
        self.key, self.stop, self.started = (
            RSAKey.generate_key(2048, {"kid": "one"}),
            threading.Event(),
            threading.Event(),
        )
        self.issuer = ""
        self.codes: dict[str, dict[str, str]] = {}
        self.reset()
        self.app = Starlette(
            routes=[
                Route("/.well-known/openid-configuration", self._discover),
                Route("/authorize", self._authorize),
                Route("/token", self._token, methods=["POST"]),
                Route("/jwks", self._keys),
            ]
        )

    def reset(self) -> None:
        self.user: dict[str, Any] = {"sub": "u-1", "preferred_username": "chen.chen"}
        self.more: dict[str, str] = {}
        self.change: Callable[[dict[str, Any]], dict[str, Any]] = lambda claims: claims
        self.sign: Callable[[dict[str, Any]], str] = lambda claims: jwt.encode(
            {"alg": "RS256", "kid": "one"}, claims, self.key
        )

    def run(self) -> None:
        serve(self.app, "127.0.0.1", 0, (), self._tell, self.stop)

    def _tell(self, port: int) -> None:
        self.issuer = f"http://127.0.0.1:{port}"
        self.started.set()

    async def _discover(self, _request: Request) -> Response:
        ends = {
            name: f"{self.issuer}/{path}"
            for name, path in (
                ("authorization_endpoint", "authorize"),
                ("token_endpoint", "token"),
                ("jwks_uri", "jwks"),
            )
        }
        return JSONResponse({"issuer": self.issuer} | ends | self.more)

    async def _authorize(self, request: Request) -> Response:
        asked = dict(request.query_params)
        assert (asked["response_type"], asked["client_id"], asked["code_challenge_method"]) == (
            "code",
            "xinglin",
            "S256",
        )
        code = secrets.token_urlsafe()
        self.codes[code] = asked
        return RedirectResponse(f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']})}", 302)

    async def _token(self, request: Request) -> Response:
        said = {name: values[0] for name, values in parse_qs((await request.body()).decode()).items()}
        basic = base64.b64decode(request.headers["authorization"].removeprefix("Basic ")).decode()
        asked = self.codes.pop(said.get("code", ""), None)
        digest = hashlib.sha256(said.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).decode().rstrip("=")
        sound = asked and challenge == asked["code_challenge"] and said["redirect_uri"] == asked["redirect_uri"]
        if asked is None or not sound or basic != "xinglin:the-secret":
            return JSONResponse({"error": "invalid_grant"}, 400)
        at = int(NOW.timestamp())
        claims = self.user | {"iss": self.issuer, "aud": "xinglin", "iat": at, "exp": at + 300, "nonce": asked["nonce"]}
        return JSONResponse({"access_token": "a", "token_type": "Bearer", "id_token": self.sign(self.change(claims))})

    async def _keys(self, _request: Request) -> Response:
        return JSONResponse({"keys": [self.key.as_dict(private=False)]})


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    made = Provider()
    thread = threading.Thread(target=made.run)
    thread.start()
    assert made.started.wait(30)
    yield made
    made.stop.set()
    thread.join(30)


@pytest.fixture(scope="module")
def runtime(tmp_path_factory: pytest.TempPathFactory, provider: Provider) -> Iterator[Runtime]:
    home = tmp_path_factory.mktemp("home") / "home"
    chosen = replace(settings.read({}, home=home), oidc=OidcSettings(provider.issuer, "xinglin", "the-secret"))
    with open_runtime(chosen, clock=lambda: NOW) as opened:
        with writing(opened.engine) as connection:
            for name, person, identity in (("chen", "陈晨", "u-1"), ("li", "李四", "@li.si"), ("wu", "吴六", "u-3")):
                make_account(connection, name, person, NOW, Role.CLERK)
                mine = tables.account.c.name == name
                connection.execute(update(tables.account).where(mine).values(oidc_subject=identity))
            gone = tables.account.c.name == "wu"
            connection.execute(update(tables.account).where(gone).values(disabled_at=NOW))
        yield opened


@pytest.fixture
def browser(runtime: Runtime, provider: Provider) -> TestClient:
    provider.reset()
    return open_browser(runtime)


def open_browser(runtime: Runtime) -> TestClient:
    app = Console(runtime, Login(runtime), ()).app(["127.0.0.1"])
    return TestClient(app, base_url=HOST, follow_redirects=False)


def go(browser: TestClient, wanted: str = "/proposals") -> str:
    """Ask at the door and at the provider; return the address by which the browser comes back."""
    answer = browser.get("/login/oidc", params={"next": wanted})
    assert answer.status_code == 303, answer.text
    return httpx.get(answer.headers["location"], timeout=30).headers["location"]


def test_who_is_verified_gets_in_as_the_account_that_is_bound(browser: TestClient) -> None:
    assert "用统一认证登录" in browser.get("/login").text
    answer = browser.get(go(browser))
    assert (answer.status_code, answer.headers["location"]) == (303, "/proposals")
    assert "xinglin" in browser.cookies


def test_an_account_may_be_bound_to_the_name_there(browser: TestClient, provider: Provider) -> None:
    provider.user = {"sub": "u-2", "preferred_username": "li.si"}
    assert browser.get(go(browser)).status_code == 303


@pytest.mark.parametrize(
    "user",
    [
        {"sub": "u-9", "preferred_username": "chen"},
        {"sub": "u-9", "preferred_username": "u-1"},
        {"sub": "@li.si"},
        {"sub": "u-3"},
        {"sub": ""},
        {"sub": "u-1", "preferred_username": "li.si"},
    ],
    ids=["not bound", "a name like a number", "a number like a name", "disabled", "nobody", "two accounts"],
)
def test_who_has_no_account_gets_none(browser: TestClient, provider: Provider, user: dict[str, Any]) -> None:
    provider.user = user
    assert browser.get(go(browser)).status_code == 400
    assert "xinglin" not in browser.cookies


WRONG: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "another issuer": lambda claims: claims | {"iss": "https://evil.example"},
    "for another": lambda claims: claims | {"aud": "another"},
    "for several": lambda claims: claims | {"aud": ["xinglin", "another"]},
    "over": lambda claims: claims | {"exp": int(NOW.timestamp()) - 120},
    "another nonce": lambda claims: claims | {"nonce": "another"},
    "no nonce": lambda claims: {name: value for name, value in claims.items() if name != "nonce"},
    "no end": lambda claims: {name: value for name, value in claims.items() if name != "exp"},
    "nobody": lambda claims: {name: value for name, value in claims.items() if name != "sub"},
    "a number": lambda claims: claims | {"sub": 1},
}


@pytest.mark.parametrize("name", WRONG)
def test_a_token_that_is_not_for_us_proves_nobody(browser: TestClient, provider: Provider, name: str) -> None:
    provider.change = WRONG[name]
    answer = browser.get(go(browser))
    assert answer.status_code == 400
    assert "统一认证没有完成" in answer.text


def test_a_token_signed_by_another_or_by_nobody_proves_nobody(browser: TestClient, provider: Provider) -> None:
    other = RSAKey.generate_key(2048, {"kid": "one"})
    public = provider.key.as_pem(private=False)
    for sign in (
        lambda claims: jwt.encode({"alg": "RS256", "kid": "one"}, claims, other),
        lambda claims: _sign_shared(claims, public),
        lambda claims: ".".join([*map(_write, (b'{"alg":"none"}', json.dumps(claims).encode())), ""]),
        lambda _: "no token",
    ):
        provider.sign = sign
        assert browser.get(go(browser)).status_code == 400


def _sign_shared(claims: dict[str, Any], key: bytes) -> str:
    """Sign with what everybody has, the public key, as if it were a shared one."""
    said = f"{_write(json.dumps({'alg': 'HS256', 'kid': 'one'}).encode())}.{_write(json.dumps(claims).encode())}"
    return f"{said}.{_write(hmac.digest(key, said.encode(), 'sha256'))}"


def _write(said: bytes) -> str:
    return base64.urlsafe_b64encode(said).decode().rstrip("=")


def test_an_answer_is_for_who_asked_and_once(browser: TestClient, runtime: Runtime) -> None:
    back = go(browser)
    assert open_browser(runtime).get(back).status_code == 400  # of another's browser: a login that was planted
    said = parse_qs(urlsplit(back).query)
    forged = {"code": said["code"][0], "state": "another"}
    other = open_browser(runtime)
    go(other)
    assert other.get(BACK, params=forged).status_code == 400
    assert browser.get(back).status_code == 303
    assert browser.get(back).status_code == 400


def test_the_way_back_after_it_is_ours_and_errors_are_pages(browser: TestClient, runtime: Runtime) -> None:
    assert browser.get(go(browser, "//evil.example")).headers["location"] == "/"
    browser.get("/login/oidc")
    assert browser.get(BACK, params={"error": "access_denied"}).status_code == 400
    lost = replace(runtime, settings=replace(runtime.settings, oidc=OidcSettings("http://127.0.0.1:9", "xinglin")))
    assert open_browser(lost).get("/login/oidc").status_code == 503


def test_the_settings_name_the_provider(tmp_path: Any) -> None:
    file = tmp_path / "secret"
    file.write_text("s3cret\n")
    said = {"XINGLIN_OIDC_ISSUER": "https://id.example", "XINGLIN_OIDC_CLIENT": "xinglin"}
    chosen = settings.read(said | {"XINGLIN_OIDC_SECRET_FILE": str(file)}).oidc
    assert chosen == OidcSettings("https://id.example", "xinglin", "s3cret")
    assert "s3cret" not in repr(chosen)
    assert settings.read({}).oidc is None
    for wrong in ({"XINGLIN_OIDC_ISSUER": "x"}, said | {"XINGLIN_OIDC_SECRET_FILE": str(tmp_path / "none")}):
        with pytest.raises(ConfigurationError):
            settings.read(wrong)


def test_logging_out_leads_on_to_the_provider_where_the_login_began_there(
    browser: TestClient, provider: Provider
) -> None:
    provider.more = {"end_session_endpoint": f"{provider.issuer}/end?realm=a"}
    came = browser.get(go(browser))
    cookie = next(each for each in came.headers.get_list("set-cookie") if each.startswith("xinglin_out="))
    assert "Path=/logout" in cookie
    assert "HttpOnly" in cookie
    assert "eyJ" not in cookie  # sealed: no token is read from it
    left = browser.post("/logout", headers={"Origin": HOST})
    assert left.status_code == 200
    assert "正在退出统一认证" in left.text
    place, _, said = left.headers["refresh"].removeprefix("0; url=").partition("?")
    asked = {name: values[0] for name, values in parse_qs(said).items()}
    assert (place, asked["realm"], asked["client_id"]) == (f"{provider.issuer}/end", "a", "xinglin")
    assert asked["post_logout_redirect_uri"] == f"{HOST}/login"
    assert asked["id_token_hint"].startswith("eyJ")
    assert "xinglin" not in browser.cookies
    assert browser.post("/logout", headers={"Origin": HOST}).headers["location"] == "/login"


@pytest.mark.parametrize("end", ["", "http://id.example/end"], ids=["none", "in clear"])
def test_logging_out_ends_here_where_the_provider_has_no_place_for_it(
    browser: TestClient, provider: Provider, end: str
) -> None:
    provider.more = {"end_session_endpoint": end} if end else {}
    browser.get(go(browser))
    assert browser.post("/logout", headers={"Origin": HOST}).headers["location"] == "/login"
    assert "xinglin" not in browser.cookies


def test_who_logged_in_by_password_afterwards_is_not_sent_to_the_provider(
    browser: TestClient, provider: Provider
) -> None:
    provider.more = {"end_session_endpoint": f"{provider.issuer}/end"}
    browser.get(go(browser))
    data = {"name": "chen", "password": PASSWORD}
    assert browser.post("/login", data=data, headers={"Origin": HOST}).status_code == 303
    assert browser.post("/logout", headers={"Origin": HOST}).headers["location"] == "/login"

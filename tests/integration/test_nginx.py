"""The nginx of deploy/, as shipped but for ports and places, before something that tells what it was asked."""

from __future__ import annotations

import json
import shutil
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest
import trustme
from tenacity import retry, stop_after_delay, wait_fixed

from tests.conftest import lifetime
from tests.servers import DEPLOY, Server, ServerUnavailableError, free_ports

CONSOLE, PUBLIC = "xinglin.example.gov.cn", "credit.example.gov.cn"
ANSWER_SECONDS = 30
SHIPPED = DEPLOY / "nginx"
_KEPT = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
"""What nginx makes a folder for as it starts, whether it is used or not."""


class _Telling(BaseHTTPRequestHandler):
    """Answers with the headers that it was asked with, in small letters, as JSON."""

    def do_GET(self) -> None:
        told = json.dumps({name.lower(): value for name, value in self.headers.items()}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(told)))
        self.end_headers()
        self.wfile.write(told)

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.do_GET()

    def log_message(self, *args: object) -> None:
        pass


@contextmanager
def telling() -> Iterator[int]:
    """Something that tells what it was asked, on a port of its own."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Telling)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()


class Nginx(Server):
    """An nginx with the files of deploy/: certificates, logs and ports are its own."""

    name = "nginx"

    def __init__(self, console: int, public: int) -> None:
        found = shutil.which("nginx", path="/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin")
        if found is None:
            raise ServerUnavailableError("nginx is not installed: run deploy/setup/servers.sh")
        super().__init__()
        self._program = Path(found)
        self.port, self.plain = free_ports(2)
        self.authority = trustme.CA()
        (self.folder / "tls").mkdir()
        for name in ("xinglin", "credit"):
            issued = self.authority.issue_cert("127.0.0.1")
            issued.cert_chain_pems[0].write_to_path(self.folder / "tls" / f"{name}.pem")
            issued.private_key_pem.write_to_path(self.folder / "tls" / f"{name}.key")
        shutil.copy(SHIPPED / "xinglin-proxy.conf", self.folder)
        shipped = (SHIPPED / "xinglin.conf").read_text()
        for there, here in (
            ("listen 443 ssl", f"listen 127.0.0.1:{self.port} ssl"),
            ("listen 80 ", f"listen 127.0.0.1:{self.plain} "),
            ("/etc/nginx/", f"{self.folder}/"),
            ("/var/log/nginx/", f"{self.folder}/"),
            ("127.0.0.1:8080", f"127.0.0.1:{console}"),
            ("127.0.0.1:8090", f"127.0.0.1:{public}"),
        ):
            assert there in shipped
            shipped = shipped.replace(there, here)
        (self.folder / "xinglin.conf").write_text(shipped)
        kept = "".join(f"{kind}_temp_path {self.folder}/{kind};\n" for kind in _KEPT)
        (self.folder / "nginx.conf").write_text(
            f"daemon off;\npid {self.folder}/pid;\nevents {{}}\n"
            f"http {{\naccess_log {self.folder}/others.log;\n{kept}include {self.folder}/xinglin.conf;\n}}\n"
        )
        self._hand_over()

    def _launch(self) -> subprocess.Popen[bytes]:
        return self._spawn(self._program, "-p", self.folder, "-e", "stderr", "-c", self.folder / "nginx.conf")

    def _probe(self) -> None:
        socket.create_connection(("127.0.0.1", self.port), timeout=5).close()


@pytest.fixture(scope="module")
def nginx() -> Iterator[Nginx]:
    with telling() as console, telling() as public, lifetime(lambda: Nginx(console, public)) as server:
        yield server


def client(nginx: Nginx, name: str) -> httpx.Client:
    trusting = ssl.create_default_context(cadata=nginx.authority.cert_pem.bytes().decode())
    address = f"https://127.0.0.1:{nginx.port}"
    return httpx.Client(base_url=address, headers={"Host": name}, verify=trusting, timeout=ANSWER_SECONDS)


def ask_plainly(nginx: Nginx, what: str) -> httpx.Response:
    """Search for something without TLS."""
    address = f"http://127.0.0.1:{nginx.plain}/search"
    return httpx.get(address, params={"q": what}, headers={"Host": PUBLIC}, timeout=ANSWER_SECONDS)


@pytest.mark.parametrize("name", [CONSOLE, PUBLIC])
def test_who_asks_is_said_by_nginx_alone(nginx: Nginx, name: str) -> None:
    forged = {"X-Forwarded-For": "203.0.113.7", "X-Forwarded-Proto": "http", "Forwarded": "for=203.0.113.7"}
    with client(nginx, name) as asking:
        told = asking.get("/", headers=forged).json()
    assert told["x-forwarded-for"] == "127.0.0.1"
    assert told["x-forwarded-proto"] == "https"
    assert told["host"] == name
    assert "forwarded" not in told


@pytest.mark.parametrize("name", [CONSOLE, PUBLIC])
@pytest.mark.parametrize("probe", ["/healthz", "/readyz"])
def test_probes_are_for_those_within(nginx: Nginx, name: str, probe: str) -> None:
    with client(nginx, name) as asking:
        assert asking.get(probe).status_code == 404


def test_a_complaint_has_its_size_and_a_spreadsheet_another(nginx: Nginx) -> None:
    large = b"x" * (64 * 1024 + 1)
    with client(nginx, PUBLIC) as asking:
        assert asking.post("/complain", content=large[:-1]).status_code == 200
        assert asking.post("/complain", content=large).status_code == 413
    with client(nginx, CONSOLE) as asking:
        assert asking.post("/upload", content=large).status_code == 200


def test_logins_are_counted(nginx: Nginx) -> None:
    with client(nginx, CONSOLE) as asking:
        answers = [asking.post("/login", content=b"name=wang").status_code for _ in range(30)]
    assert answers[:7] == [200] * 7
    assert 503 in answers[7:]  # one more is let in every five seconds, and the machine may be slow


def test_what_comes_without_tls_is_sent_on(nginx: Nginx) -> None:
    answer = ask_plainly(nginx, "1")
    assert (answer.status_code, answer.headers["location"]) == (301, f"https://{PUBLIC}/search?q=1")


def test_no_log_holds_what_was_searched_for(nginx: Nginx) -> None:
    ask_plainly(nginx, "somebody")
    with client(nginx, PUBLIC) as asking:
        asking.get("/search", params={"q": "somebody"})
    logs = wait_for_logs(nginx, "xinglin-public.log", "xinglin-plain.log")
    assert not any("somebody" in text for text in logs.values())


def test_nor_does_one_where_what_stands_behind_does_not_answer() -> None:
    with lifetime(lambda: Nginx(*free_ports(2))) as alone:
        for name in (CONSOLE, PUBLIC):
            with client(alone, name) as asking:
                assert asking.get("/search", params={"q": "somebody"}).status_code == 502
        logs = wait_for_logs(alone, "xinglin.log", "xinglin-public.log")
    assert not any("somebody" in text for text in logs.values())


def test_nor_does_one_where_the_disk_takes_nothing() -> None:
    with lifetime(lambda: Nginx(*free_ports(2))) as alone:
        (alone.folder / "client_body").rmdir()
        for name in (CONSOLE, PUBLIC):
            with client(alone, name) as asking:
                said = asking.post("/search", params={"q": "somebody"}, content=bytes(40_000))
                assert said.status_code == 500
        logs = wait_for_logs(alone, "xinglin.log", "xinglin-public.log")
    assert not any("somebody" in text for text in logs.values())


@retry(wait=wait_fixed(0.02), stop=stop_after_delay(60))
def wait_for_logs(nginx: Nginx, *names: str) -> dict[str, str]:
    """All logs, once a search stands in those of these names: nginx writes a line after the answer has been sent."""
    logs = {path.name: path.read_text() for path in nginx.folder.glob("*.log")}
    assert all("/search" in logs[name] for name in names)
    return logs

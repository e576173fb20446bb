"""The server settings of deploy/ on real servers, with TLS: they are accepted, and the doctor has nothing to say."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlencode
from urllib.request import urlopen

import pytest
import trustme
import yaml
from prometheus_client.parser import text_string_to_metric_families
from tenacity import retry, retry_if_exception_type, stop_after_delay, wait_fixed

from credit import vault
from credit.store import engine as store_engine
from credit.store.engine import StoreUnavailable, reading
from deploy.watch.exporters import RABBITMQ
from schemas.errors import ConfigurationError, PermanentError
from tests.builders import declared
from tests.servers import DEPLOY, DeployedPostgres, RabbitMQ, Server, free_ports
from workers import broker as brokers
from workers import settings
from workers.doctor import Verdict, postgres, rabbitmq
from workers.runtime import load_reader

pytestmark = pytest.mark.long

KEYS = vault.generate(vault.Algorithm.AES_256_GCM)


class Certified:
    """What a server shows: a certificate for 127.0.0.1 alone, of an authority of its own."""

    def __init__(self, folder: Path) -> None:
        self.ca, self.chain, self.key = folder / "ca.pem", folder / "server.pem", folder / "server.key"
        authority = trustme.CA()
        authority.cert_pem.write_to_path(self.ca)
        issued = authority.issue_cert("127.0.0.1")
        issued.cert_chain_pems[0].write_to_path(self.chain)
        issued.private_key_pem.write_to_path(self.key)
        self.key.chmod(0o600)


class SecuredPostgres(DeployedPostgres):
    """A PostgreSQL with the fragment of deploy/ and a certificate."""

    def __init__(self) -> None:
        super().__init__()
        self.shown = Certified(self.folder)
        self._hand_over()
        self.folder.chmod(0o755)

    def _spawn(self, *command: str | Path, env: dict[str, str] | None = None) -> object:  # type: ignore[override]
        files = (f"--ssl_cert_file={self.shown.chain}", f"--ssl_key_file={self.shown.key}")
        server = Path(command[0]).name == "postgres"
        return super()._spawn(*command, *(("--ssl=on", *files) if server else ()), env=env)


class DeployedRabbitMQ(RabbitMQ):
    """A RabbitMQ with the settings of deploy/, a certificate and its metrics, on ports of its own."""

    plugins = ("rabbitmq_prometheus", "rabbitmq_management_agent", "rabbitmq_web_dispatch")

    def _write_configuration(self) -> None:
        super()._write_configuration()
        self.shown = Certified(self.folder)
        self.secure_port, self.metrics_port = free_ports(2)
        (self.folder / "enabled_plugins").write_text("[rabbitmq_prometheus].\n")
        self.folder.chmod(0o755)
        deployed = (DEPLOY / "rabbitmq" / "rabbitmq.conf").read_text()
        (self.folder / "rabbitmq.conf").write_text(
            f"listeners.tcp.1 = 127.0.0.1:{self.port}\n"
            f"listeners.ssl.1 = 127.0.0.1:{self.secure_port}\n"
            f"ssl_options.cacertfile = {self.shown.ca}\n"
            f"ssl_options.certfile = {self.shown.chain}\n"
            f"ssl_options.keyfile = {self.shown.key}\n"
            f"prometheus.tcp.ip = 127.0.0.1\n"
            f"prometheus.tcp.port = {self.metrics_port}\n"
            f"{deployed}"
        )

    def secure(self, **query: object) -> str:
        """Where it speaks TLS, with more in the URL."""
        more = "&".join(f"{name}={value}" for name, value in query.items())
        return f"amqps://guest:guest@127.0.0.1:{self.secure_port}/%2F?{more}"


@pytest.fixture(scope="module")
def database() -> Iterator[SecuredPostgres]:
    server = SecuredPostgres()
    with _running(server):
        yield server


@pytest.fixture(scope="module")
def broker() -> Iterator[DeployedRabbitMQ]:
    server = DeployedRabbitMQ()
    with _running(server):
        yield server


@contextmanager
def _running(server: Server) -> Iterator[None]:
    try:
        server.start()
        yield
    finally:
        server.remove()


def test_postgresql_takes_the_fragment(database: SecuredPostgres) -> None:
    engine = store_engine.connect(database.url)
    found = postgres.examine(engine)
    engine.dispose()
    assert {finding.verdict for finding in found} == {Verdict.OK}
    locks = next(finding.found for finding in found if finding.check == "postgres.locks")
    assert locks.startswith("128 x (100 + 0) = 12800 locks")


def test_postgresql_is_spoken_to_in_secret_and_only_if_it_is_who_it_should_be(
    database: SecuredPostgres, tmp_path: Path
) -> None:
    trusted = f"sslmode=verify-full&sslrootcert={database.shown.ca}"
    engine = store_engine.connect(f"{database.url}?{trusted}")
    with reading(engine) as connection:
        asked = "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()"
        assert connection.exec_driver_sql(asked).scalar_one()
    engine.dispose()
    with pytest.raises(ConfigurationError, match=r"certificate that is not trusted.*sslrootcert"):
        _read(f"{database.url}?sslmode=verify-full&sslrootcert={Certified(tmp_path).ca}")
    # the same server under a name that is not in its certificate
    with pytest.raises(StoreUnavailable, match='does not match host name "localhost"'):
        _read(f"{database.url.replace('127.0.0.1', 'localhost')}?{trusted}")


def _read(url: str) -> None:
    engine = store_engine.connect(url)
    try:
        with reading(engine):
            pass
    finally:
        engine.dispose()


def test_rabbitmq_takes_the_settings_and_the_definitions_make_what_workers_make(broker: DeployedRabbitMQ) -> None:
    routes = load_reader(settings.read({}), lambda: datetime(2026, 3, 2, tzinfo=UTC)).routes
    shutil.copy(DEPLOY / "rabbitmq" / "definitions.json", broker.folder)
    broker.ctl("import_definitions", str(broker.folder / "definitions.json"))
    broker.ctl("set_permissions", "-p", "xinglin", "guest", ".*", ".*", ".*")
    found = rabbitmq.examine(broker.url_of("xinglin"), routes.topology, routes.inbound)
    assert {finding.verdict for finding in found} == {Verdict.OK}
    broker.evaluate("{ok, 1800000} = application:get_env(rabbit, consumer_timeout).")
    broker.evaluate("1 = erlang:system_info(schedulers).")
    _check_that_rules_and_dashboards_can_ask(broker)


@retry(
    wait=wait_fixed(0.5),
    stop=stop_after_delay(90),
    retry=retry_if_exception_type((OSError, AssertionError)),
    reraise=True,
)
def _check_that_rules_and_dashboards_can_ask(broker: DeployedRabbitMQ) -> None:
    """It tells the metrics that they ask for, with their labels, where `prometheus.yml` looks; queues after a while."""
    told: dict[str, set[str]] = {}
    for job in yaml.safe_load((DEPLOY / "prometheus" / "prometheus.yml").read_text())["scrape_configs"]:
        if job["job_name"].startswith("rabbitmq"):
            path = f"{job.get('metrics_path', '/metrics')}?{urlencode(job.get('params', {}), doseq=True)}"
            with urlopen(f"http://127.0.0.1:{broker.metrics_port}{path}", timeout=30) as answer:
                for family in text_string_to_metric_families(answer.read().decode()):
                    for sample in family.samples:
                        told.setdefault(sample.name, set()).update(sample.labels)
    assert RABBITMQ.keys() - told.keys() == set()
    assert [name for name, labels in RABBITMQ.items() if not set(labels) <= told[name]] == []


def test_rabbitmq_is_spoken_to_in_secret_and_only_if_it_is_who_it_should_be(
    broker: DeployedRabbitMQ, tmp_path: Path
) -> None:
    routes = load_reader(settings.read({}), lambda: datetime(2026, 3, 2, tzinfo=UTC)).routes
    url = broker.secure(cacertfile=broker.shown.ca)
    there = declared(url, KEYS, routes.topology)
    sent = brokers.Outgoing("1", "credit.out", "notice.tax", b"secret", "text/plain", {})
    publisher, consumer = there.publisher(), there.consumer(["notice.tax"], 1)
    assert publisher.publish([sent], 20) == {"1": brokers.Fate.CONFIRMED}
    (taken,) = consumer.take(1, 20)
    assert taken.body == b"secret"
    consumer.ack(taken)
    publisher.close()
    consumer.close()
    assert {each.verdict for each in rabbitmq.examine(url, routes.topology, routes.inbound)} == {Verdict.OK}
    stranger = Certified(tmp_path).ca
    for wrong in (
        broker.secure(cacertfile=stranger),
        broker.secure(),  # the authorities of the system
        broker.secure(cacertfile=broker.shown.ca).replace("127.0.0.1", "localhost"),
    ):
        with pytest.raises(PermanentError, match=r"certificate that is not trusted.*cacertfile"):
            brokers.connect(wrong, KEYS).look(["notice.tax"])
        (finding,) = rabbitmq.examine(wrong, routes.topology, routes.inbound)
        assert (finding.verdict, "certificate" in finding.found) == (Verdict.REFUSED, True)
    with pytest.raises(ConfigurationError, match=r"nowhere\.pem"):
        brokers.connect(broker.secure(cacertfile="/nowhere.pem"), KEYS)
    with pytest.raises(ConfigurationError, match="cannot be read"):
        brokers.connect(broker.secure(cacertfile=stranger).replace("amqps", "amqp"), KEYS)

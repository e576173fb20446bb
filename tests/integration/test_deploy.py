"""The server settings of deploy/ on real servers: they are accepted, and the doctor has nothing against them."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime

from credit.store import engine as store_engine
from tests.servers import DEPLOY, DeployedPostgres, RabbitMQ
from workers import settings
from workers.doctor import Verdict, postgres, rabbitmq
from workers.runtime import load_reader


class DeployedRabbitMQ(RabbitMQ):
    """A RabbitMQ with the settings of deploy/, on a port of its own."""

    def _write_configuration(self) -> None:
        super()._write_configuration()
        deployed = (DEPLOY / "rabbitmq" / "rabbitmq.conf").read_text()
        (self.folder / "rabbitmq.conf").write_text(f"listeners.tcp.1 = 127.0.0.1:{self.port}\n{deployed}")


def test_postgresql_takes_the_fragment() -> None:
    server = DeployedPostgres()
    try:
        server.start()
        engine = store_engine.connect(server.url)
        found = postgres.examine(engine)
        engine.dispose()
    finally:
        server.remove()
    assert {finding.verdict for finding in found} == {Verdict.OK}
    locks = next(finding.found for finding in found if finding.check == "postgres.locks")
    assert locks.startswith("128 x (100 + 0) = 12800 locks")


def test_rabbitmq_takes_the_settings_and_the_definitions_make_what_workers_make() -> None:
    routes = load_reader(settings.read({}), lambda: datetime(2026, 3, 2, tzinfo=UTC)).routes
    server = DeployedRabbitMQ()
    try:
        server.start()
        shutil.copy(DEPLOY / "rabbitmq" / "definitions.json", server.folder)
        server.ctl("import_definitions", str(server.folder / "definitions.json"))
        server.ctl("set_permissions", "-p", "xinglin", "guest", ".*", ".*", ".*")
        found = rabbitmq.examine(server.url_of("xinglin"), routes.topology, routes.inbound)
        assert {finding.verdict for finding in found} == {Verdict.OK}
        timeout = server.ctl("eval", "{ok, Set} = application:get_env(rabbit, consumer_timeout), Set.")
        assert timeout.strip() == "1800000"
        assert server.ctl("eval", "erlang:system_info(schedulers).").strip() == "1"
    finally:
        server.remove()

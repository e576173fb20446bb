"""Private PostgreSQL, MariaDB and RabbitMQ servers that a test starts, kills, starts again and stops.

Each has its own folder, its own ports on 127.0.0.1 and, where the tests run as root, an unprivileged
user; nothing the machine already runs is touched, and only processes started here are ended.

The ports stay the same over a restart, and lie below the range the kernel gives to outgoing connections:
a client that keeps knocking at a dead server would otherwise end up connected to itself and hold the port.
"""

from tests.servers.mariadb import MariaDB
from tests.servers.postgres import DeployedPostgres, Postgres
from tests.servers.rabbitmq import RabbitMQ
from tests.servers.server import DEPLOY, PORTS, Server, ServerUnavailableError, free_ports

__all__ = [
    "DEPLOY",
    "PORTS",
    "DeployedPostgres",
    "MariaDB",
    "Postgres",
    "RabbitMQ",
    "Server",
    "ServerUnavailableError",
    "free_ports",
]

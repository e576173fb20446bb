"""The dashboards, by the file that each is written to."""

from __future__ import annotations

from deploy.watch.boards.deadlines import DEADLINES
from deploy.watch.boards.flow import FLOW
from deploy.watch.boards.servers import SERVERS

BOARDS = {"flow.json": FLOW, "deadlines.json": DEADLINES, "servers.json": SERVERS}

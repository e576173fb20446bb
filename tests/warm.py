"""What a process that others are forked from has read before: all commands, the connectors, the law and the routes.

Of each file only what comes of its text is kept, so that a file that a test writes is read as it stands.
"""

from __future__ import annotations

import gc

from typer.main import get_group

from tests import once
from workers import settings
from workers.cli import app

once.keep()
once.load_reader(settings.read({}))
dict(get_group(app).commands)  # each is imported when it is looked up
# Looked through in every process again, it would be copied there.
gc.collect()
gc.freeze()

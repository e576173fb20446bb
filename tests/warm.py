"""What a process that others are forked from has read before: the connectors, the law and the routes as shipped.

Of each file only what comes of its text is kept, so that a file that a test writes is read as it stands.
"""

from __future__ import annotations

import gc
from functools import lru_cache

from schemas import documents
from workers import settings
from workers.runtime import load_reader

documents.read = lru_cache(maxsize=64)(documents.read)
load_reader(settings.read({}))
# Looked through in every process again, it would be copied there.
gc.collect()
gc.freeze()

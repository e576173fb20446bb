"""Files in and out: read safely, taken in row by row, answered and written."""

from __future__ import annotations

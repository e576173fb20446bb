"""What the installed connectors read."""

from __future__ import annotations

from connectors import registry

MODELS = registry.load().models()
"""The model of each type."""

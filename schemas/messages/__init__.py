"""The `data` of every message that comes in, one module for each outside system."""

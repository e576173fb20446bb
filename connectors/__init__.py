"""The edge: one folder per outside system, each with its mapping, its samples and its declaration."""

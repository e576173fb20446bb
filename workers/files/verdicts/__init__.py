"""Verdict files: what became of each row of a file, written beside the clerk's own cells."""

from workers.files.verdicts.answering import answer
from workers.files.verdicts.naming import verdict_path
from workers.files.verdicts.summary import Summary

__all__ = ["Summary", "answer", "verdict_path"]

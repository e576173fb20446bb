"""The public page: what of the archive is public, written by the archive's side and shown by a process of its own."""

"""Credit records: their rows and names, how the messages about one are merged, and where it stands."""

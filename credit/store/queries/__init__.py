"""Questions to the archive: each takes a connection, changes nothing and returns frozen values.

Open the connection with `credit.store.engine.reading`, so that one answer is of one moment. Personal numbers
leave only masked; everything else that is sealed leaves only where the function says so.
"""

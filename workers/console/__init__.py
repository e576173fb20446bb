"""The desk of the authority in a browser: what waits, what is known, and what people decide."""

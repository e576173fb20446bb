"""The archive in a database: the only place that knows SQL. SQLite embedded, PostgreSQL against servers."""

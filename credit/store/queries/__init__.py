"""Questions to the archive: each takes a connection, changes nothing and returns frozen values.

Open the connection with `credit.store.engine.reading`, so that one answer is of one moment. What an answer shows of a
row it holds as that row; what is sealed in a row stays sealed. How personal numbers are shown the viewer decides, who
is an argument of every query that can show one.
"""

"""The public projection: what everybody may see, apart from the archive, and the inbox of what the public writes.

On PostgreSQL it is a schema of the archive's database, `xinglin_public`, whose reader may read nothing else; embedded
it is a file of its own beside the archive. It can be made anew from the archive at any time, but for its inbox.
"""

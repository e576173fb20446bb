"""The tables of the public projection. On PostgreSQL they lie in a schema of their own."""

from __future__ import annotations

from sqlalchemy import Index, MetaData, PrimaryKeyConstraint, Table

from credit.store.showing.rows import (
    AboutRow,
    AnswerRow,
    InboxRow,
    InstitutionRow,
    ListedRow,
    ListRow,
    ReportRow,
    ScaleRow,
    StaffRow,
    TakenRow,
)
from credit.store.tables import columns_of

SCHEMA = "xinglin_public"
"""Where the tables lie on PostgreSQL."""

FIRST = "1"
"""The form of tables and contents of a projection that says none."""
FORM = "1"
"""The form of tables and contents that this program writes and reads: another number wherever either changes."""

metadata = MetaData(naming_convention={"ix": "ix_%(table_name)s_%(column_0_N_name)s", "pk": "pk_%(table_name)s"})

about = Table("about", metadata, *columns_of(AboutRow), PrimaryKeyConstraint("name"))

institution = Table(
    "institution",
    metadata,
    *columns_of(InstitutionRow),
    PrimaryKeyConstraint("code"),
    Index(None, "subject"),
    Index(None, "name", "code"),
    Index(None, "grade", "name", "code"),
)

staff = Table(
    "staff", metadata, *columns_of(StaffRow), PrimaryKeyConstraint("subject", "person"), Index(None, "person")
)

list_ = Table("list", metadata, *columns_of(ListRow), PrimaryKeyConstraint("list_key"))

listed = Table(
    "listed",
    metadata,
    *columns_of(ListedRow),
    PrimaryKeyConstraint("list_key", "year", "subject"),
    Index(None, "subject"),
)

scale = Table("scale", metadata, *columns_of(ScaleRow), PrimaryKeyConstraint("grade"))

answer = Table("answer", metadata, *columns_of(AnswerRow), PrimaryKeyConstraint("number"), Index(None, "subject"))

inbox = Table("inbox", metadata, *columns_of(InboxRow), PrimaryKeyConstraint("form"), Index(None, "sent_at"))

report = Table("report", metadata, *columns_of(ReportRow), PrimaryKeyConstraint("name"))

taken = Table("taken", metadata, *columns_of(TakenRow), PrimaryKeyConstraint("name"))

READ = (about, institution, staff, list_, listed, scale, answer, report, taken)
"""What the page reads."""
MADE = (institution, staff, listed, answer, list_, scale)
"""What the archive can make anew."""
ADDED = (inbox, taken)
"""What the page adds to; it changes and removes nothing."""

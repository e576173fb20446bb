"""The tree of commands."""

from __future__ import annotations

import typer

from workers.cli import (
    archive,
    contract,
    db,
    demo,
    digest,
    doctor,
    feed,
    identity,
    ingest,
    keys,
    ledger,
    notices,
    parked,
    policy,
    routing,
    worker,
)

app = typer.Typer(
    name="xinglin",
    help="杏林 Xinglin: credit records, joint-punishment notices and Credit China rows of a health authority.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)
app.command("demo")(demo.demo)
app.add_typer(worker.app, name="worker")
app.command("ingest")(ingest.ingest)
app.command("ledger")(ledger.ledger)
app.command("subject")(archive.subject)
app.command("notices")(notices.notices)
app.command("closure")(notices.closure)
app.command("feed")(feed.feed)
app.command("digest")(digest.digest)
app.command("contract")(contract.contract)
app.command("doctor")(doctor.doctor)
app.add_typer(parked.app, name="parked")
app.add_typer(identity.app, name="identity")
app.add_typer(policy.app, name="policy")
app.add_typer(routing.app, name="routing")
app.add_typer(keys.app, name="keys")
app.add_typer(db.app, name="db")

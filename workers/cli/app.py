"""The tree of commands."""

from __future__ import annotations

import typer
from typer import rich_utils

from workers.cli import (
    alerts,
    assess,
    contract,
    db,
    demo,
    digest,
    doctor,
    draw,
    draws,
    duties,
    explain,
    feed,
    files,
    identity,
    ingest,
    keys,
    ledger,
    lists,
    notices,
    paper,
    parked,
    policy,
    record,
    review,
    routing,
    slo,
    sources,
    subject,
    template,
    top,
    verify,
    worker,
    workers,
)

# What Typer writes around our texts; its messages have no such constants and stay English.
rich_utils.ARGUMENTS_PANEL_TITLE = "参数"
rich_utils.OPTIONS_PANEL_TITLE = "选项"
rich_utils.COMMANDS_PANEL_TITLE = "命令"
rich_utils.ERRORS_PANEL_TITLE = "错误"
rich_utils.ABORTED_TEXT = "已中止。"
rich_utils.DEFAULT_STRING = "[默认：{}]"
rich_utils.REQUIRED_LONG_STRING = "[必填]"
rich_utils.RICH_HELP = "说明见 [blue]'{command_path} {help_option}'[/]。"

app = typer.Typer(
    name="xinglin",
    help="杏林 Xinglin：卫生健康主管部门的信用档案、联合惩戒通知和“信用中国”报送。",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)
app.command("demo")(demo.demo)
app.add_typer(worker.app, name="worker")
app.command("ingest")(ingest.ingest)
app.command("files")(files.files)
app.command("ledger")(ledger.ledger)
app.command("subject")(subject.subject)
app.command("explain")(explain.explain)
app.command("list")(lists.list_)
app.command("notices")(notices.notices)
app.command("closure")(notices.closure)
app.command("paper")(paper.paper)
app.command("digest")(digest.digest)
app.command("verify")(verify.verify)
app.command("contract")(contract.contract)
app.command("template")(template.template)
app.command("top")(top.top)
app.command("workers")(workers.workers)
app.command("slo")(slo.slo)
app.command("sources")(sources.sources)
app.command("doctor")(doctor.doctor)
app.command("draw")(draw.draw)
app.command("duties")(duties.duties)
app.add_typer(feed.app, name="feed")
app.add_typer(alerts.app, name="alerts")
app.add_typer(draws.app, name="draws")
app.add_typer(assess.app, name="assess")
app.add_typer(review.app, name="review")
app.add_typer(parked.app, name="parked")
app.add_typer(identity.app, name="identity")
app.add_typer(record.app, name="record")
app.add_typer(policy.app, name="policy")
app.add_typer(routing.app, name="routing")
app.add_typer(keys.app, name="keys")
app.add_typer(db.app, name="db")

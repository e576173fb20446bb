"""What the dashboards are made of. Every expression goes to the data source that is chosen above the dashboard."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from grafana_foundation_sdk.builders import common, dashboard, prometheus, stat, timeseries
from grafana_foundation_sdk.models import common as shapes
from grafana_foundation_sdk.models import dashboard as models

SOURCE = models.DataSourceRef(type_val="prometheus", uid="${datasource}")
SECONDS, PARTS, COUNT, EACH_SECOND, BYTES = "s", "percentunit", "short", "cps", "bytes"
"""Grafana's names of units."""
_GOOD, _BAD = "green", "red"


@dataclass(frozen=True, slots=True)
class Line:
    """An expression, and how its series are called: a template of Grafana, such as `{{queue}}`."""

    expr: str
    name: str


@dataclass(frozen=True, slots=True)
class Drawing:
    """Series over time. `width` is in the 24 columns of the grid; the line of `limit`, an alert's, is drawn red."""

    title: str
    about: str
    unit: str
    lines: Sequence[Line]
    width: int = 8
    limit: float | None = None

    def build(self, number: int) -> timeseries.Panel:
        """Return the panel."""
        panel = timeseries.Panel().id(number).title(self.title).description(self.about).datasource(SOURCE)
        panel.color_scheme(dashboard.FieldColor().mode(models.FieldColorModeId.PALETTE_CLASSIC))
        panel.unit(self.unit).min(0).height(8).span(self.width).line_width(1).fill_opacity(10)
        panel.legend(common.VizLegendOptions().show_legend(show_legend=True).placement(shapes.LegendPlacement.BOTTOM))
        if self.limit is not None:
            panel.thresholds(_steps(_GOOD, self.limit, _BAD))
            style = common.GraphThresholdsStyleConfig().mode(shapes.GraphTresholdsStyleMode.DASHED)
            panel.thresholds_style(style)
        for query in _queries(self.lines, instant=False):
            panel.with_target(query)
        return panel


@dataclass(frozen=True, slots=True)
class Number:
    """The present value, large. From `bad_from` on it is red; below `bad_below` too."""

    title: str
    about: str
    unit: str
    expr: str
    width: int = 4
    bad_from: float | None = None
    bad_below: float | None = None
    decimals: int | None = None

    def build(self, number: int) -> stat.Panel:
        """Return the panel."""
        panel = stat.Panel().id(number).title(self.title).description(self.about).datasource(SOURCE)
        panel.color_scheme(dashboard.FieldColor().mode(models.FieldColorModeId.THRESHOLDS))
        panel.unit(self.unit).height(4).span(self.width).no_value("无数据")
        panel.graph_mode(shapes.BigValueGraphMode.NONE).color_mode(shapes.BigValueColorMode.BACKGROUND)
        panel.reduce_options(common.ReduceDataOptions().calcs(["lastNotNull"]))
        if self.bad_from is not None:
            panel.thresholds(_steps(_GOOD, self.bad_from, _BAD))
        elif self.bad_below is not None:
            panel.thresholds(_steps(_BAD, self.bad_below, _GOOD))
        else:
            panel.thresholds(_steps("blue"))
        if self.decimals is not None:
            panel.decimals(self.decimals)
        for query in _queries((Line(self.expr, self.title),), instant=True):
            panel.with_target(query)
        return panel


Panel = Drawing | Number


@dataclass(frozen=True, slots=True)
class Part:
    """A row of the dashboard with its panels, from left to right."""

    title: str
    panels: Sequence[Panel]


@dataclass(frozen=True, slots=True)
class Board:
    """A dashboard. `uid` is its name in addresses."""

    uid: str
    title: str
    about: str
    parts: Sequence[Part] = field(default=())

    def build(self) -> models.Dashboard:
        """Return it as Grafana reads it."""
        source = dashboard.DatasourceVariable("datasource").label("数据源").type("prometheus")
        built = dashboard.Dashboard(self.title).uid(self.uid).description(self.about).tags(["xinglin"])
        built.timezone("Asia/Shanghai").time("now-24h", "now").refresh("1m").readonly().week_start("monday")
        built.tooltip(models.DashboardCursorSync.CROSSHAIR).with_variable(source).annotations([])
        link = dashboard.DashboardLink("杏林").type(models.DashboardLinkType.DASHBOARDS).tags(["xinglin"])
        built.link(link.keep_time(keep_time=True).as_dropdown(as_dropdown=False))
        number = 0
        for part in self.parts:
            number += 1
            built.with_row(dashboard.Row(part.title).id(number))
            for panel in part.panels:
                number += 1
                built.with_panel(panel.build(number))
        return built.build()


def _queries(lines: Sequence[Line], *, instant: bool) -> list[prometheus.Dataquery]:
    queries = []
    for letter, line in zip("ABCDEFGH", lines, strict=False):
        query = prometheus.Dataquery().ref_id(letter).expr(line.expr).legend_format(line.name)
        queries.append((query.instant() if instant else query.range()).datasource(SOURCE))
    return queries


def _steps(color: str, limit: float | None = None, beyond: str = "") -> dashboard.ThresholdsConfig:
    """Return a colour for all values, or until a limit and another one from there on."""
    steps = [models.Threshold(value=None, color=color)]
    if limit is not None:
        steps.append(models.Threshold(value=limit, color=beyond))
    return dashboard.ThresholdsConfig().mode(models.ThresholdsMode.ABSOLUTE).steps(steps)

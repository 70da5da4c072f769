"""The charts of a model card, drawn on the server: Altair says what, vl-convert draws it as SVG."""

import json
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from .card_facts import Month, Tenth

SIZE = (430, 260)
SHADES = {
    "light": {
        "ink": "#3f4a57",
        "rule": "#e4e8ec",
        "axis": "#b9c2cc",
        "mark": "#1d5b6e",
        "faint": "#8a97a4",
        "other": "#c0692b",
    },
    "dark": {
        "ink": "#aab4c0",
        "rule": "#28313b",
        "axis": "#46515e",
        "mark": "#7cc0da",
        "faint": "#6d7a88",
        "other": "#e59b62",
    },
}
FONT = "system-ui, 'Segoe UI', 'Noto Sans', 'PingFang SC', 'Microsoft YaHei', 'Noto Sans CJK SC', sans-serif"


def calibration(tenths: list[Tenth], words: Mapping[str, str], shade: str) -> str:
    """Share missed (with Wilson's interval) over mean chance, a point a tenth, as SVG; on the line they are equal."""
    import altair as alt

    colours = SHADES["light"]
    top = max(max(one.high, one.chance) for one in tenths)
    rows = [{"chance": one.chance, "missed": one.missed, "low": one.low, "high": one.high} for one in tenths]
    x = alt.X(
        "chance:Q",
        title=words["mean_chance"],
        axis=alt.Axis(format=".0%", tickCount=6),
        scale=alt.Scale(domain=[0, top]),
    )
    base = alt.Chart(alt.Data(values=rows))
    line = alt.Chart(alt.Data(values=[{"chance": 0, "missed": 0}, {"chance": top, "missed": top}]))
    parts = (
        line.mark_line(color=colours["faint"], strokeDash=[4, 4]).encode(x=x, y="missed:Q"),
        base.mark_rule(color=colours["mark"], strokeWidth=1.5).encode(x=x, y="low:Q", y2="high:Q"),
        base.mark_point(color=colours["mark"], filled=True, size=50, opacity=1).encode(
            x=x, y=alt.Y("missed:Q", title=words["share_missed"], axis=alt.Axis(format=".0%"))
        ),
    )
    return drawn(alt.layer(*parts), shade)


def lift(tenths: list[Tenth], words: Mapping[str, str], shade: str) -> str:
    """How many times the share of all each tenth missed, the highest chances first, as SVG."""
    import altair as alt

    colours = SHADES["light"]
    rows = [{"tenth": i, "lift": one.lift} for i, one in enumerate(reversed(tenths), 1)]
    base = alt.Chart(alt.Data(values=rows)).encode(
        x=alt.X("tenth:O", title=words["tenth_axis"], axis=alt.Axis(labelAngle=0)),
        y=alt.Y("lift:Q", title=words["lift"]),
    )
    one = (
        alt.Chart(alt.Data(values=[{"lift": 1}]))
        .mark_rule(color=colours["faint"], strokeDash=[4, 4])
        .encode(y="lift:Q")
    )
    return drawn(alt.layer(base.mark_bar(color=colours["mark"]), one), shade)


def auc_by_month(months: list[Month], words: Mapping[str, str], shade: str) -> str:
    """AUC with its interval, a point a month, as SVG; at the dashed line chances rank no better than by lot."""
    import altair as alt

    colours = SHADES["light"]
    rows = [{"month": one.day, "auc": one.auc[0], "low": one.auc[1], "high": one.auc[2]} for one in months if one.auc]
    least = min([0.5, *(row["low"] for row in rows if isinstance(row["low"], float))])
    x = by_month(months)
    scale = alt.Scale(domain=[least, 1], nice=True, zero=False)
    base = alt.Chart(alt.Data(values=rows))
    by_lot = alt.Chart(alt.Data(values=[{"auc": 0.5}]))
    parts = (
        by_lot.mark_rule(color=colours["faint"], strokeDash=[4, 4]).encode(y=alt.Y("auc:Q", scale=scale)),
        base.mark_rule(color=colours["mark"], strokeWidth=1.5).encode(x=x, y=alt.Y("low:Q", scale=scale), y2="high:Q"),
        base.mark_point(color=colours["mark"], filled=True, size=50, opacity=1).encode(
            x=x, y=alt.Y("auc:Q", title=words["auc"], scale=scale)
        ),
    )
    return drawn(alt.layer(*parts), shade)


def chance_by_month(months: list[Month], words: Mapping[str, str], shade: str) -> str:
    """Mean chance as a line over the share missed with Wilson's interval, by month, as SVG."""
    import altair as alt

    colours = SHADES["light"]
    rows = [
        {"month": one.day, "chance": one.chance, "missed": one.missed, "low": one.low, "high": one.high}
        for one in months
    ]
    x = by_month(months)
    base = alt.Chart(alt.Data(values=rows))
    kinds = [words["share_missed"], words["mean_chance"]]
    colour = alt.Color(
        "kind:N",
        scale=alt.Scale(domain=kinds, range=[colours["mark"], colours["other"]]),
        legend=alt.Legend(title=None, orient="top"),
    )
    parts = (
        base.mark_rule(color=colours["mark"], strokeWidth=1.5).encode(
            x=x, y=alt.Y("low:Q", title=None, axis=alt.Axis(format=".0%"), scale=alt.Scale(zero=True)), y2="high:Q"
        ),
        base.transform_calculate(kind=f"'{kinds[0]}'")
        .mark_point(filled=True, size=50, opacity=1)
        .encode(x=x, y="missed:Q", color=colour),
        base.transform_calculate(kind=f"'{kinds[1]}'")
        .mark_line(strokeWidth=2, point=alt.OverlayMarkDef(filled=True, size=30))
        .encode(x=x, y="chance:Q", color=colour),
    )
    return drawn(alt.layer(*parts), shade)


def by_month(months: list[Month]) -> Any:
    """Months along the axis, in order, also those of which there is nothing to show."""
    import altair as alt

    return alt.X(
        "month:O", title=None, axis=alt.Axis(labelAngle=-40),
        scale=alt.Scale(domain=[one.day for one in months]),
    )  # fmt: skip


def drawn(chart: Any, shade: str) -> str:
    """A chart of the light shade's colours in the house's style and in a shade, as SVG."""
    colours = SHADES["light"]
    styled = (
        chart.properties(width=SIZE[0], height=SIZE[1], background="transparent")
        .configure(font=FONT)
        .configure_view(stroke=None)
        .configure_axis(
            labelColor=colours["ink"], titleColor=colours["ink"], gridColor=colours["rule"],
            domainColor=colours["axis"], tickColor=colours["axis"], labelFontSize=13, titleFontSize=13,
            titleFontWeight="normal",
        )
        .configure_legend(labelColor=colours["ink"], labelFontSize=13)
    )  # fmt: skip
    picture = svg(json.dumps(styled.to_dict(), sort_keys=True))
    for name, colour in colours.items():
        picture = picture.replace(colour, SHADES[shade][name])
    return picture


@lru_cache(maxsize=16)
def svg(chart: str) -> str:
    """A chart as SVG: drawn once for the page in either shade and for the PDF."""
    import vl_convert

    return str(vl_convert.vegalite_to_svg(chart))

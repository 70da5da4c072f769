"""The charts of a model card, drawn on the server: Altair says what, vl-convert draws it as SVG."""

from collections.abc import Mapping
from typing import Any

from .model_card import Tenth

SIZE = (430, 260)
SHADES = {
    "light": {"ink": "#3f4a57", "rule": "#e4e8ec", "axis": "#b9c2cc", "mark": "#1d5b6e", "faint": "#8a97a4"},
    "dark": {"ink": "#aab4c0", "rule": "#28313b", "axis": "#46515e", "mark": "#7cc0da", "faint": "#6d7a88"},
}
FONT = "system-ui, 'Segoe UI', 'Noto Sans', 'PingFang SC', 'Microsoft YaHei', 'Noto Sans CJK SC', sans-serif"


def calibration(tenths: list[Tenth], words: Mapping[str, str], shade: str) -> str:
    """Share missed (with Wilson's interval) over mean chance, a point a tenth, as SVG; on the line they are equal."""
    import altair as alt

    colours = SHADES[shade]
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
    return drawn(alt.layer(*parts), colours)


def lift(tenths: list[Tenth], words: Mapping[str, str], shade: str) -> str:
    """How many times the share of all each tenth missed, the highest chances first, as SVG."""
    import altair as alt

    colours = SHADES[shade]
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
    return drawn(alt.layer(base.mark_bar(color=colours["mark"]), one), colours)


def drawn(chart: Any, colours: Mapping[str, str]) -> str:
    """A chart in the house's style, as SVG."""
    import vl_convert

    styled = (
        chart.properties(width=SIZE[0], height=SIZE[1], background="transparent")
        .configure(font=FONT)
        .configure_view(stroke=None)
        .configure_axis(
            labelColor=colours["ink"], titleColor=colours["ink"], gridColor=colours["rule"],
            domainColor=colours["axis"], tickColor=colours["axis"], labelFontSize=13, titleFontSize=13,
            titleFontWeight="normal",
        )
    )  # fmt: skip
    return str(vl_convert.vegalite_to_svg(styled.to_dict()))

"""The charts of a model's page: drift by day, chances beside what became of them, and how well they rank, by day."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from duecourse.risk.read_models import Outcome, Watch

from .drawn import FONT

SHAPES = {"wide": (520, 220), "narrow": (270, 200)}
SHADES = {
    "light": {"ink": "#3f4a57", "rule": "#e4e8ec", "axis": "#b9c2cc", "mark": "#1d5b6e", "other": "#c0692b",
              "limit": "#b3352c"},
    "dark": {"ink": "#aab4c0", "rule": "#28313b", "axis": "#46515e", "mark": "#7cc0da", "other": "#e59b62",
             "limit": "#f0887c"},
}  # fmt: skip


class Chart(NamedTuple):
    """One chart: its name in addresses, its title, what is drawn of outcomes (else of watched days)."""

    name: str
    title: Promise
    alt: Promise
    of_outcomes: bool
    draw: Callable[..., Any]


def has(chart: Chart, watched: Sequence[Watch], outcomes: Sequence[Outcome]) -> bool:
    """Whether there is anything to draw."""
    if chart.name == "ranking":
        return any(one.auc is not None for one in outcomes)
    return bool(outcomes) if chart.of_outcomes else any(one.features for one in watched)


def drawn(chart: Chart, watched: Sequence[Watch], outcomes: Sequence[Outcome], shape: str, shade: str) -> str:
    """A chart in the language of the page, as SVG."""
    import vl_convert

    colours = SHADES[shade]
    width, height = SHAPES[shape]
    styled = (
        chart.draw(outcomes if chart.of_outcomes else watched, colours, shape)
        .properties(width=width, height=height, background="transparent")
        .configure(font=FONT)
        .configure_view(stroke=None)
        .configure_axis(
            labelColor=colours["ink"], titleColor=colours["ink"], gridColor=colours["rule"],
            domainColor=colours["axis"], tickColor=colours["axis"], labelFontSize=12, titleFontSize=12,
            titleFontWeight="normal",
        )
        .configure_legend(labelColor=colours["ink"], labelFontSize=12)
    )  # fmt: skip
    return str(vl_convert.vegalite_to_svg(styled.to_dict()))


def days(shape: str) -> Any:
    """Days along the axis."""
    import altair as alt

    axis = alt.Axis(format="%Y-%m-%d" if shape == "wide" else "%m-%d", labelAngle=-30, tickCount=6, grid=False)
    return alt.X("day:T", timeUnit="utcyearmonthdate", title=None, axis=axis)


def coloured(kinds: Sequence[str], colours: Sequence[str], shape: str) -> Any:
    """Which line is which."""
    import altair as alt

    scale = alt.Scale(domain=list(kinds), range=list(colours))
    legend = alt.Legend(title=None, orient="top", columns=2 if shape == "wide" else 1)
    return alt.Color("kind:N", scale=scale, legend=legend)


def drift(watched: Sequence[Watch], colours: dict[str, str], shape: str) -> Any:
    """The drift of the feature that moved most, by day, and the limit."""
    import altair as alt

    kinds = [gettext("largest drift (PSI)"), gettext("limit of the alarm")]
    told = [one for one in watched if one.features]
    rows = [{"day": str(one.day), "value": one.drift, "kind": kinds[0]} for one in told]
    limit = [{"value": max(one.limit for one in told), "kind": kinds[1]}]
    y = alt.Y("value:Q", title=None, axis=alt.Axis(tickCount=5))
    colour = coloured(kinds, [colours["mark"], colours["limit"]], shape)
    return alt.layer(
        alt.Chart(alt.Data(values=limit)).mark_rule(strokeDash=[4, 4]).encode(y=y, color=colour),
        alt.Chart(alt.Data(values=rows))
        .mark_line(strokeWidth=2, point=alt.OverlayMarkDef(filled=True, size=36))
        .encode(x=days(shape), y=y, color=colour),
    )


def chances(outcomes: Sequence[Outcome], colours: dict[str, str], shape: str) -> Any:
    """Mean chance beside the share missed with its interval, by day."""
    import altair as alt

    kinds = [gettext("share missed, 95% interval"), gettext("mean chance")]
    rows = [
        {"day": str(one.of_day), "missed": one.missed, "low": one.low, "high": one.high, "chance": one.chance}
        for one in outcomes
    ]
    base = alt.Chart(alt.Data(values=rows))
    x, axis = days(shape), alt.Axis(format=".0%", tickCount=5)
    colour = coloured(kinds, [colours["mark"], colours["other"]], shape)
    return alt.layer(
        base.mark_rule(color=colours["mark"], strokeWidth=1.5).encode(
            x=x, y=alt.Y("low:Q", title=None, axis=axis), y2="high:Q"
        ),
        base.transform_calculate(kind=f"'{kinds[0]}'")
        .mark_point(filled=True, size=50, opacity=1)
        .encode(x=x, y="missed:Q", color=colour),
        base.transform_calculate(kind=f"'{kinds[1]}'")
        .mark_line(strokeWidth=2, point=alt.OverlayMarkDef(filled=True, size=30))
        .encode(x=x, y="chance:Q", color=colour),
    )


def ranking(outcomes: Sequence[Outcome], colours: dict[str, str], shape: str) -> Any:
    """AUC by day, and the limit below which it surely ranks no better than one rule."""
    import altair as alt

    kinds = [gettext("AUC"), gettext("limit of the alarm")]
    told = [one for one in outcomes if one.auc is not None]
    rows = [{"day": str(one.of_day), "value": one.auc, "kind": kinds[0]} for one in told]
    rows += [{"day": str(one.of_day), "value": one.least, "kind": kinds[1]} for one in told if one.least is not None]
    colour = coloured(kinds, [colours["mark"], colours["limit"]], shape)
    y = alt.Y("value:Q", title=None, scale=alt.Scale(zero=False), axis=alt.Axis(tickCount=5))
    return (
        alt.Chart(alt.Data(values=rows))
        .mark_line(strokeWidth=2, point=alt.OverlayMarkDef(filled=True, size=36))
        .encode(x=days(shape), y=y, color=colour)
    )


def calibration(outcomes: Sequence[Outcome], colours: dict[str, str], shape: str) -> Any:
    """The calibration error by day."""
    import altair as alt

    rows = [{"day": str(one.of_day), "value": one.error} for one in outcomes]
    return (
        alt.Chart(alt.Data(values=rows))
        .mark_line(color=colours["mark"], strokeWidth=2, point=alt.OverlayMarkDef(color=colours["mark"], size=36))
        .encode(x=days(shape), y=alt.Y("value:Q", title=None, axis=alt.Axis(tickCount=5)))
    )


CHARTS = {
    one.name: one
    for one in (
        Chart("drift", _("Drift by day"), _("The largest drift of a feature by day; the table has each day."), False,
              drift),
        Chart("outcomes", _("Chance and outcome"), _("Mean chance and share missed by day; the table has each day."),
              True, chances),
        Chart("ranking", _("Ranking (AUC)"), _("AUC by day, with its limit; the table has each day."), True, ranking),
        Chart("calibration", _("Calibration error"), _("Calibration error by day; the table has each day."), True,
              calibration),
    )
}  # fmt: skip

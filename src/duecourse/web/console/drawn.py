"""Charts, drawn on the server: Altair says what, vl-convert draws it as SVG."""

from datetime import date
from functools import lru_cache
from typing import Any

from django.db import connection
from django.utils.translation import gettext

from duecourse.book import figures

from . import words

SHAPES = {"wide": (1_150, 250), "narrow": (270, 220)}
TWO_SHAPES = {"wide": (480, 220), "narrow": (270, 200)}
"""Of plots that stand two beside each other."""
SHADES = {
    "light": {"ink": "#3f4a57", "rule": "#e4e8ec", "axis": "#b9c2cc"},
    "dark": {"ink": "#aab4c0", "rule": "#28313b", "axis": "#46515e"},
}
COLOURS = ["#efc862", "#e9a24a", "#df7a3e", "#cc5138", "#ad3340", "#862545", "#5f1b46"]
FONT = "system-ui, 'Segoe UI', 'Noto Sans', 'PingFang SC', 'Microsoft YaHei', 'Noto Sans CJK SC', sans-serif"


def buckets(day: date, seal: str, currency: str, shape: str, shade: str, language: str) -> str:
    """The share of accounts that is in each bucket past due, day by day up to a sealed day, as SVG."""
    return _buckets(connection.settings_dict["NAME"], day, seal, currency, shape, shade, language)


@lru_cache(maxsize=128)
def _buckets(database: str, day: date, seal: str, currency: str, shape: str, shade: str, language: str) -> str:
    import vl_convert

    points = figures.history(through=day, currency=currency)
    return str(vl_convert.vegalite_to_svg(specification(points, shape, SHADES[shade])))


def specification(points: list[figures.Point], shape: str, shade: dict[str, str]) -> dict[str, Any]:
    """What is drawn: an area for each bucket, the youngest at the bottom."""
    import altair as alt

    width, height = SHAPES[shape]
    is_wide = shape == "wide"
    names = [words.bucket_short(place) for place in figures.BUCKETS[1:]]
    values = [
        {
            "day": str(point.day),
            "place": point.bucket,
            "bucket": words.bucket_short(point.bucket),
            "share": point.share_ppm / 1_000_000,
        }
        for point in points
    ]
    drawn = (
        alt.Chart(alt.Data(values=values), width=width, height=height, background="transparent")
        .mark_area(interpolate="step-after", line=False)
        .encode(
            x=alt.X(
                "day:T",
                timeUnit="utcyearmonthdate",
                title=gettext("day"),
                axis=alt.Axis(format="%Y-%m-%d" if is_wide else "%m-%d", tickCount=12 if is_wide else 4, grid=False),
            ),
            y=alt.Y(
                "share:Q",
                stack="zero",
                title=gettext("share of all accounts"),
                axis=alt.Axis(format=".0%", tickCount=6),
            ),
            color=alt.Color(
                "bucket:N",
                sort=names,
                scale=alt.Scale(domain=names, range=COLOURS),
                legend=alt.Legend(
                    title=None, orient="top", columns=7 if is_wide else 4, symbolType="square"
                ),
            ),
            order=alt.Order("place:Q"),
        )
    )  # fmt: skip
    return configured(drawn, shade)


def cohorts(rows: list[Any], shape: str, shade: str) -> str:
    """The share that came back of each cohort, month by month after its charge-off, beside its target, as SVG.

    rows: cohorts against their targets (`recovery.targets.Against`) of one product, in order of their months.
    """
    import vl_convert

    return str(vl_convert.vegalite_to_svg(back_over_months(rows, shape, SHADES[shade])))


def back_over_months(rows: list[Any], shape: str, shade: dict[str, str]) -> dict[str, Any]:
    """What is drawn: a line for each cohort through its whole months, the newest cohort's target dashed."""
    import altair as alt

    width, height = SHAPES[shape]
    is_wide = shape == "wide"
    named = [f"{one.cohort.month:%Y-%m}" for one in rows]
    values = [
        {"after": after, "cohort": name, "share": one.cohort.share_ppm(after) / 1_000_000}
        for one, name in zip(rows, named, strict=True)
        for after in range(one.month + 1)
    ]
    last = max(one.month for one in rows) + 1
    curve = rows[-1].expected.curve
    target = [{"after": after, "share": curve.at(after) / 1_000_000} for after in range(last + 1)]
    x = alt.X("after:Q", title=gettext("months after the charge-off"), axis=alt.Axis(tickMinStep=1, grid=False))
    y = alt.Y("share:Q", title=gettext("share that came back"), axis=alt.Axis(format=".0%", tickCount=6))
    lines = (
        alt.Chart(alt.Data(values=values))
        .mark_line(point=True)
        .encode(
            x=x,
            y=y,
            color=alt.Color(
                "cohort:N",
                sort=named,
                scale=alt.Scale(domain=named, range=shades_of(len(named))),
                legend=alt.Legend(title=None, orient="top", columns=12 if is_wide else 4),
            ),
        )
    )
    aim = (
        alt.Chart(alt.Data(values=target)).mark_line(strokeDash=[5, 4], color=shade["ink"]).encode(x=x, y=y)
    )  # fmt: skip
    both = alt.layer(aim, lines, width=width, height=height, background="transparent")
    return configured(both, shade)


def months(
    rows: list[tuple[date, dict[str, int]]], became: list[tuple[str, str, str]], axis: str, shape: str, shade: str
) -> str:  # fmt: skip
    """How many came to what, a bar for each month, as SVG; became: code, words and colour, the lowest part first."""
    import vl_convert

    return str(vl_convert.vegalite_to_svg(stacked(rows, became, axis, shape, SHADES[shade])))


def stacked(
    rows: list[tuple[date, dict[str, int]]], became: list[tuple[str, str, str]], axis: str, shape: str,
    shade: dict[str, str],
) -> dict[str, Any]:  # fmt: skip
    """What is drawn: of each month a part for whatever it came to."""
    import altair as alt

    width, height = TWO_SHAPES[shape]
    words_of = [said for _code, said, _colour in became]
    values = [
        {"month": f"{month:%Y-%m}", "became": said, "place": place, "many": of.get(code, 0)}
        for month, of in rows
        for place, (code, said, _colour) in enumerate(became)
    ]
    bars = (
        alt.Chart(alt.Data(values=values), width=width, height=height, background="transparent")
        .mark_bar()
        .encode(
            x=alt.X("month:O", title=gettext("month"), axis=alt.Axis(labelAngle=-45, grid=False)),
            y=alt.Y("many:Q", stack="zero", title=axis, axis=alt.Axis(tickMinStep=1, tickCount=6)),
            color=alt.Color(
                "became:N",
                sort=words_of,
                scale=alt.Scale(domain=words_of, range=[colour for _code, _said, colour in became]),
                legend=alt.Legend(title=None, orient="top", columns=3 if shape == "wide" else 2, symbolType="square"),
            ),
            order=alt.Order("place:Q"),
        )
    )
    return configured(bars, shade)


def shades_of(count: int) -> list[str]:
    """So many colours, from the lightest to the darkest of the buckets'."""
    if count == 1:
        return [COLOURS[3]]
    return [COLOURS[place * (len(COLOURS) - 1) // (count - 1)] for place in range(count)]


def configured(drawn: Any, shade: dict[str, str]) -> dict[str, Any]:
    """A chart in the page's letters and a shade's colours, as its specification."""
    told: dict[str, Any] = (
        drawn.configure(font=FONT)
        .configure_view(stroke=None)
        .configure_axis(
            labelColor=shade["ink"],
            titleColor=shade["ink"],
            gridColor=shade["rule"],
            domainColor=shade["axis"],
            tickColor=shade["axis"],
            labelFontSize=12,
            titleFontSize=12,
            titleFontWeight="normal",
        )
        .configure_legend(
            labelColor=shade["ink"], titleColor=shade["ink"], labelFontSize=12, titleFontSize=12,
            titleFontWeight="normal",
        )
        .to_dict()
    )  # fmt: skip
    return told

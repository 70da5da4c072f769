"""Charts, drawn on the server: Altair says what, vl-convert draws it as SVG."""

from datetime import date
from functools import lru_cache
from typing import Any

from django.db import connection
from django.utils.translation import gettext

from duecourse.book import figures

from . import words

SHAPES = {"wide": (1_150, 250), "narrow": (270, 220)}
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
        .configure(font=FONT)
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
    )  # fmt: skip
    told: dict[str, Any] = drawn.to_dict()
    return told

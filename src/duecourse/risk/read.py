"""Asking: the watch list of a day, the models that were kept."""

from datetime import date
from typing import Any, NamedTuple

from django.db import connection

from . import explain, model
from .tables import Warning


class Warned(NamedTuple):
    """One line of a watch list; reasons are codes with the account's own values, `words` tells them."""

    account_id: int
    account: str
    rank: int
    chance: float
    reasons: list[dict[str, Any]]

    def words(self, language: str) -> list[str]:
        """The reasons in words, in `en` or `zh`."""
        return [explain.words(one["code"], one["value"], language) for one in self.reasons]


def watch_list(*, day: date, model_name: str | None = None, first: int = 1, count: int = 100) -> list[Warned]:
    """The watch list of a day from a rank on, by a model or by the one that last scored the day."""
    if model_name is None:
        found = Warning.objects.filter(day=day).order_by("-id").values_list("model", flat=True).first()
        if found is None:
            return []
        model_name = found
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT w.account_id, a.number, w.rank, w.chance_ppm / 1e6::float8, w.reasons FROM risk_warning w "
            "JOIN servicing_account a ON a.id = w.account_id WHERE w.day = %s AND w.model = %s AND w.rank >= %s "
            "ORDER BY w.rank LIMIT %s",
            [day, model_name, first, count],
        )
        rows = cursor.fetchall()
    return [Warned(row[0], row[1], row[2], float(row[3]), explain.stored(row[4])) for row in rows]


def models() -> list[dict[str, Any]]:
    """The cards of the models that were kept, the newest last."""
    return [model.card_of(name) for name in model.names()]

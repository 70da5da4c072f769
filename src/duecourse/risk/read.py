"""Asking: the watch list of a day, the models that were kept."""

from datetime import date, timedelta
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import Max

from . import advice, explain, model
from .tables import Warning, Watched, WatchList
from .watch_order import CONTACT

LIST_HOLDS = timedelta(days=31)


class Warned(NamedTuple):
    """One line of a watch list; reasons are codes with the account's own values, `words` tells them."""

    account_id: int
    account: str
    rank: int
    chance: float
    reasons: list[dict[str, Any]]
    advice: dict[str, Any] | None
    product: str

    def words(self, language: str) -> list[str]:
        """The reasons in words, in `en` or `zh`."""
        return [explain.words(one["code"], one["value"], language) for one in self.reasons]

    def to_do(self, language: str) -> str:
        """What would lower the chance most, in words; nothing where it is not known."""
        return advice.words(self.advice, language, self.product)


def watch_list(
    *, day: date, model_name: str | None = None, first: int = 1, count: int = 100, target: str = "next"
) -> list[Warned]:
    """The watch list of a day from a rank on, by a model, or by those that last scored the day for a target.

    Where accounts of several products were scored, they are in one list, the highest chance first.
    """
    names = [model_name] if model_name is not None else last_models(day=day, target=target)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT account_id, number, place, chance_ppm / 1e6::float8, reasons, advice, product FROM ("
            "SELECT w.account_id, w.chance_ppm, w.reasons, w.advice, w.product, "
            "row_number() OVER (ORDER BY w.chance_ppm DESC, w.account_id) AS place "
            "FROM risk_warning w WHERE w.day = %s AND w.model = ANY(%s) AND w.rank < %s) ranked "
            "JOIN servicing_account a ON a.id = account_id WHERE place >= %s ORDER BY place LIMIT %s",
            [day, names, first + count, first, count],
        )
        rows = cursor.fetchall()
    return [
        Warned(row[0], row[1], row[2], float(row[3]), explain.stored(row[4]), explain.stored(row[5]), row[6])
        for row in rows
    ]


def to_contact(*, day: date, experiment: str) -> frozenset[int]:
    """The accounts to be contacted by the newest watch lists of an experiment that a day knows, one a currency.

    The control group is not among them. A list is of the next due, so one of more than a month ago says nothing.
    """
    lists = WatchList.objects.filter(experiment=experiment, day__lte=day, day__gt=day - LIST_HOLDS)
    newest: dict[str, WatchList] = {}
    for one in lists.order_by("day"):
        newest[one.currency] = one
    watched = Watched.objects.filter(list_id__in=[one.id for one in newest.values()], drawn=CONTACT)
    return frozenset(watched.values_list("account_id", flat=True))


def last_models(*, day: date, target: str = "next") -> list[str]:
    """The models that last scored a day for a target, one a product."""
    last = Warning.objects.filter(day=day, target=target).values("product").annotate(id=Max("id"))
    return list(Warning.objects.filter(id__in=[one["id"] for one in last]).values_list("model", flat=True))


def models() -> list[dict[str, Any]]:
    """The cards of the models that were kept, the newest last."""
    return [model.card_of(name) for name in model.names()]

"""Model cards as they were made: kept page by page, shown as they are, never made while somebody waits."""

import hashlib
from datetime import date
from typing import NamedTuple

from . import card_page, card_words, registry
from .card_facts import Facts
from .tables import ModelCard


class KeptCard(NamedTuple):
    """A card that was made: of which sealed day, or of which file of clients (its SHA-256), and on which day."""

    id: int
    language: str
    day: date | None
    data_digest: str
    made_on: date


def keep(*, name: str, facts: Facts, day: date | None = None, data_digest: str = "") -> None:
    """Keep the card of a registered model in each language; the same page again changes nothing."""
    row = registry.row_of(name)
    for language in card_words.LANGUAGES:
        page = card_page.html(facts=facts, language=language)
        digest = hashlib.sha256(page.encode()).hexdigest()
        told = {"day": day, "data_digest": data_digest, "page": page}
        ModelCard.objects.get_or_create(model=row, language=language, digest=digest, defaults=told)


def of(*, name: str, language: str) -> list[KeptCard]:
    """The cards of a model in `en` or `zh`, the newest first."""
    rows = ModelCard.objects.filter(model__name=name, language=language).defer("page").order_by("-id")
    return [KeptCard(one.id, one.language, one.day, one.data_digest, one.recorded_at.date()) for one in rows]


def page(*, name: str, card: int) -> str | None:
    """A card of this model as it was made; None where it has no such card."""
    found: str | None = ModelCard.objects.filter(model__name=name, id=card).values_list("page", flat=True).first()
    return found

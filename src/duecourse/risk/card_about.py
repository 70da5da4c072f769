"""What a model card says of the model itself: of a file's and of the book's, in the card's language."""

from . import card_words
from .card_facts import Facts, OfBook, OfFile
from .code_version import code_version
from .features import PRODUCTS
from .targets import TARGETS


def percent(share: float) -> str:
    """A share in per cent."""
    return f"{share:.1%}"


def pairs(facts: Facts, language: str) -> list[tuple[str, str]]:
    """What the model is, by name and value."""
    words = card_words.in_language(language, facts)
    if isinstance(facts.subject, OfFile):
        return [*of_file(facts.subject, words), (words["digest"], facts.digest)]
    return [*of_book(facts.subject, words, language), (words["digest"], facts.digest)]


def of_file(subject: OfFile, words: dict[str, str]) -> list[tuple[str, str]]:
    """A model of a file of clients."""
    card = subject.kept.card
    clients = f"{card['clients'] - card['tried_on']:,}"
    return [
        (words["kind"], words[subject.kind]),
        (words["target"], words["target_is"]),
        (words["information"], words[subject.kept.information]),
        (words["trained"], words["trained_told"].format(clients=clients, share=percent(card["missed_share"]))),
        (words["features"], str(len(card["features"]))),
        (words["not_used"], words["nothing_of_person"]),
        *([(words["trained_by"], card["trained_by"])] if card.get("trained_by") else []),
        *(code(card["code_version"], words) if "code_version" in card else []),
    ]


def code(version: str, words: dict[str, str]) -> list[tuple[str, str]]:
    """By which code it was made, and whether that is the code that runs now."""
    told = words["code_told"].format(version=version.split("+")[0])
    same = words["code_same" if version == code_version() else "code_other"]
    return [(words["code"], told + same), (words["code_digest"], version.split("+")[-1])]


def of_book(subject: OfBook, words: dict[str, str], language: str) -> list[tuple[str, str]]:
    """A model of the book, and what became of it."""
    of = PRODUCTS[subject.product]
    trained = words["trained_told"].format(clients=f"{subject.examples:,}", share=percent(subject.missed_share))
    data = words["data_told"].format(
        first=subject.learned[0], last=subject.learned[-1], days=len(subject.learned), known=subject.known_on
    )
    checks = words["joint"].join(
        words["passes" if passed else "fails"].format(check=words[f"check_{name}"]) for name, passed in subject.checks
    )
    return [
        (words["name"], subject.name),
        (words["kind"], words[subject.kind]),
        (words["product"], of.english if language == "en" else of.chinese),
        (words["target"], TARGETS[subject.target].words(of, language)),
        (words["data"], data),
        (words["trained"], trained),
        (words["features"], str(subject.features)),
        (words["seed"], str(subject.seed)),
        (words["not_used"], words["nothing_of_person"]),
        (words["checks"], checks),
        *(
            (
                words[f"state_{state}"],
                words["state_told" if state != "registered" else "state_by"].format(by=by, on=on, why=why),
            )
            for state, by, on, why in subject.states
        ),
        *code(subject.code_version, words),
    ]


def features(facts: Facts) -> int:
    """How many features the model was given."""
    subject = facts.subject
    return subject.features if isinstance(subject, OfBook) else len(subject.kept.card["features"])


def subtitle(facts: Facts, language: str) -> str:
    """What is foretold, under the title."""
    if isinstance(facts.subject, OfFile):
        return card_words.in_language(language, facts)["subtitle"]
    told = TARGETS[facts.subject.target].words(PRODUCTS[facts.subject.product], language)
    return f"the chance that {told}" if language == "en" else f"{told}的概率"


def measured(facts: Facts, words: dict[str, str]) -> str:
    """On whom the figures are measured."""
    told = {"clients": f"{facts.clients:,}", "share": percent(facts.missed_share)}
    if isinstance(facts.subject, OfFile):
        return words["measured_held_out" if facts.held_out_only else "measured_all"].format(**told)
    same = words["as_registered" if facts.subject.as_registered else "not_as_registered"]
    return words["measured_trial"].format(day=facts.subject.tried_on, **told) + same


def limits(facts: Facts, words: dict[str, str]) -> list[str]:
    """What is known not to hold."""
    if isinstance(facts.subject, OfBook):
        names = ["limit_bounds", "limit_trial", "limit_cause", "limit_young", "limit_in_order", "limit_book"]
        return [words[name].format(days=len(facts.subject.learned)) for name in names]
    names = ["limit_bounds", "limit_cause", "limit_thin", "limit_seen"]
    if facts.subject.kept.information == "all":
        names.append("limit_all")
    return [words[name] for name in names]

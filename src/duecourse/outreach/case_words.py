"""The words in which a file of cases may say things, and ours for them (case_words.toml has the others)."""

import re
import tomllib
from collections.abc import Mapping
from importlib.resources import files

from duecourse.rules import contact_rules

from .asked import NotUnderstood

OURS: Mapping[str, tuple[str, ...]] = {
    "purpose": contact_rules.PURPOSES,
    "channel": contact_rules.CHANNELS,
    "relation": contact_rules.RELATIONS,
    "outcome": contact_rules.OUTCOMES,
    "block": contact_rules.BLOCKS,
    "consent": contact_rules.CONSENTS,
    "content": contact_rules.CONTENTS,
    "point_kind": contact_rules.POINTS,
    "state": contact_rules.STATES,
    "notice": contact_rules.NOTICES,
    "verdict": ("allowed", "refused"),
}
TOLD = tomllib.loads(files("duecourse.outreach").joinpath("case_words.toml").read_text(encoding="utf-8"))
FIELDS: Mapping[str, str] = {name: ours for ours, others in TOLD["field"].items() for name in (ours, *others)}
"""The names by which a file may call the fields of a case, and ours."""
OTHERS: Mapping[str, Mapping[str, str]] = {
    what: {one: ours for ours, others in TOLD[what].items() for one in others} for what in OURS
}

NAMES: Mapping[str, Mapping[str, str]] = {
    what: {one: code for code, others in TOLD[what].items() for one in others} for what in ("country", "region", "zone")
}
"""Names of countries, of their states and parts, and of zones, by our codes."""
OF_THE = re.compile(r"^(?:debtors|borrowers|consumers|customers|their|his|her|an?|own)_")
"""Whose somebody is, before who they are."""
BESIDE = re.compile(r"\s*\([^()]*\)\s*$")
"""What is remarked in brackets after a word."""
NEGATED = {
    "no", "not", "never", "without", "non", "resolved", "ended", "lifted", "closed", "withdrawn", "verified", "over",
    "expired", "id", "amount", "name", "number", "count", "date", "status", "note", "reason",
}  # fmt: skip
"""With one of these in it a word is not guessed at."""
OF_ALL = ("all", "any", "everything", "true", "yes", "all_channels", "every_channel", "opt_out", "opted_out", "stop")
BEFORE = (
    "no_", "stop_", "opt_out_of_", "opt_out_", "optout_", "opted_out_of_", "opted_out_", "do_not_",
    "unsubscribed_from_", "unsubscribed_", "unsubscribe_", "withdrawn_", "revoked_",
)  # fmt: skip
AFTER = (
    "_consent_revoked", "_consent_withdrawn", "_opt_out", "_optout", "_opted_out", "_stop", "_stopped", "_unsubscribed",
    "_unsubscribe", "_revoked", "_withdrawn", "_refused", "_objection", "_prohibited",
)  # fmt: skip
"""How a word for an opting out may begin and end that names its channel or purpose."""


def plain(word: object) -> str:
    """A word without regard to case, spaces, hyphens and humps.

    >>> plain("E-mail at work"), plain("contactHistory"), plain("the debtor")
    ('e_mail_at_work', 'contact_history', 'debtor')
    """
    apart = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", str(word).strip()).lower()
    return re.sub(r"[\W_]+", "_", apart.replace("'", "")).removeprefix("the_")


def word(what: str, told: object) -> str:
    """Our word for what a file says; one that is not known is refused by name.

    >>> word("channel", "Phone call")
    'call'
    """
    one = plain(told)
    found = listed(what, told) or guess(what, one)
    if found:
        return found
    raise NotUnderstood(f"{what}: {told!r} is none of {', '.join(OURS[what])}")


def listed(what: str, told: object) -> str | None:
    """Our word for one that is among those of the file; None: it is not."""
    one = plain(told)
    for said in (one, one.removesuffix("s"), OF_THE.sub("", one), plain(BESIDE.sub("", str(told)))):
        if said in OTHERS[what] or said in OURS[what]:
            return OTHERS[what].get(said, said)
    return None


def guess(what: str, told: str) -> str | None:
    """What a word in several parts means where one meaning alone is in it, as in `written_dispute_of_march`; else None.

    Of who is reached, the one that is not the person; of a block, one that is not said to be over or not to be.
    """
    parts = told.split("_")
    if what == "relation":
        found = {OTHERS[what].get(one, one) for one in parts if one in OTHERS[what] or one in OURS[what]} - {"self"}
    elif what in ("block", "content") and not {*parts} & NEGATED:
        found = {ours for ours, stems in TOLD[f"{what}_stem"].items() if any(stem in told for stem in stems)}
    else:
        return None
    return found.pop() if len(found) == 1 else None


def is_word(what: str, told: object) -> bool:
    """Whether a word is one of these."""
    try:
        word(what, told)
    except NotUnderstood:
        return False
    return True


def of_what(told: object) -> dict[str, str]:
    """The channel or purpose that an opting out names, nothing for all; one that is not known is refused by name."""
    name = plain(told)
    if name in OF_ALL:
        return {}
    for start in BEFORE:
        name = name.removeprefix(start)
    for end in AFTER:
        name = name.removesuffix(end)
    if not name or name in OF_ALL or name in ("contact", "consent", "electronic", "messages"):
        return {}
    if is_word("channel", name):
        return {"channel": name}
    if is_word("purpose", name):
        return {"purpose": name}
    raise NotUnderstood(f"opted out of: {told!r} is no channel and no purpose")


def says_no(told: object) -> bool:
    """Whether a word is an opting out that names its channel or purpose, as `sms_opt_out` or `no_marketing`."""
    name = plain(told)
    worded = any(name.startswith(start) for start in BEFORE) or any(name.endswith(end) for end in AFTER)
    try:
        return worded and bool(of_what(name))
    except NotUnderstood:
        return False

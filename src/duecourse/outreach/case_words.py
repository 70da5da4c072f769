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
    "verdict": ("allowed", "refused"),
}
TOLD = tomllib.loads(files("duecourse.outreach").joinpath("case_words.toml").read_text(encoding="utf-8"))
FIELDS: Mapping[str, str] = {name: ours for ours, others in TOLD["field"].items() for name in (ours, *others)}
"""The names by which a file may call the fields of a case, and ours."""
OTHERS: Mapping[str, Mapping[str, str]] = {
    what: {one: ours for ours, others in TOLD[what].items() for one in others} for what in OURS
}


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
    if one in OURS[what]:
        return one
    if one in OTHERS[what]:
        return OTHERS[what][one]
    raise NotUnderstood(f"{what}: {told!r} is none of {', '.join(OURS[what])}")

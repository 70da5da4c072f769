"""Commands as README and the guides tell them exist, with the options that are told and those that they need."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs" / "guide").glob("*.md"))]
WHOLE = re.compile(r"^\s*(?:\$ )?(?:\.venv/bin/)?duecourse ([a-z][^\n]*)", re.MULTILINE)
BY_THE_WAY = re.compile(r"`(?:\.venv/bin/)?duecourse ([a-z][^`]*)`")


def found(words: list[str]) -> tuple[click.Command, list[str]]:
    """The command that these words call, and what they give it."""
    from duecourse.cli import main

    now: click.Command = main
    while isinstance(now, click.Group) and words:
        if words[0] not in now.commands and "issue" in now.commands:
            return now.commands["issue"], words
        assert words[0] in now.commands, f"there is no {words[0]!r} in {sorted(now.commands)}"
        now, words = now.commands[words[0]], words[1:]
    return now, words


def spread(told: str) -> Iterator[list[str]]:
    """The words of a command without the brackets of what may be left out; a|b is one command and another."""
    words = shlex.split(re.sub(r"[\[\]]", " ", told.replace("\\|", "|")), comments=True)
    choice = next((i for i, word in enumerate(words) if "|" in word), None)
    if choice is None:
        yield words
        return
    for one in words[choice].split("|"):
        yield [*words[:choice], one, *words[choice + 1 :]]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_commands_exist_as_they_are_told(page: Path) -> None:
    said = page.read_text()
    for told in sorted({*WHOLE.findall(said), *BY_THE_WAY.findall(said)}):
        for words in spread(told):
            command, given = found(words)
            known = {name: option for option in command.params for name in option.opts}
            strange = [word for word in given if word.startswith("--") and word not in {*known, "--help"}]
            takes_any = command.context_settings.get("ignore_unknown_options")
            assert takes_any or not strange, f"duecourse {told}: {strange}"
            if given and not isinstance(command, click.Group):
                needed = {one.opts[0] for one in command.params if isinstance(one, click.Option) and one.required}
                assert needed <= set(given), f"duecourse {told}: needs {needed - set(given)}"

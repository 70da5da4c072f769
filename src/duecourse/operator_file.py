"""A file that the operator writes: TOML, in whose texts ${NAME} is taken from the environment."""

import os
import re
import tomllib
from pathlib import Path
from typing import Any

VARIABLE = re.compile(r"\$\{(\w+)\}")


def read(place: str, setting: str, refused: type[Exception]) -> dict[str, Any]:
    """What the file says that a setting names; one that cannot be read is refused under the setting's name."""
    try:
        return tomllib.loads(Path(place).read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as fault:
        raise refused(f"{setting}: {fault}") from fault


def filled(told: str, where: str, refused: type[Exception]) -> str:
    """A text with each ${NAME} taken from the environment; one that is not there is refused with where it stands."""

    def value(match: re.Match[str]) -> str:
        if match[1] not in os.environ:
            raise refused(f"{where}: {match[1]} is not in the environment")
        return os.environ[match[1]]

    return VARIABLE.sub(value, told)

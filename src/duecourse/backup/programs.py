"""PostgreSQL's own programs: those of the embedded server, or for a server of one's own those that fit it."""

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

from duecourse import embedded
from duecourse.embedded import Refused


class ProgramMissing(Refused):
    code = "postgres_program_missing"


class ProgramFailed(Refused):
    code = "postgres_program_failed"


def fitting(name: str, server: int) -> Path:
    """A program for a server of this version (180004): of the same major version, else of the next newer at hand.

    Refuses when none is new enough: an older pg_dump does not know what a newer server holds.
    """
    wanted = server // 10_000
    bundled = embedded.program(name)
    if "DATABASE_URL" not in os.environ and bundled is not None:
        return bundled
    places = [Path(f"/usr/lib/postgresql/{wanted}/bin/{name}"), shutil.which(name), bundled]
    found = sorted((major, Path(place)) for place in places if place and (major := major_of(Path(place))) >= wanted)
    if not found:
        raise ProgramMissing(
            f"no {name} of PostgreSQL {wanted} or newer is on the PATH: install postgresql-client-{wanted}"
        )
    return found[0][1]


def major_of(program: Path) -> int:
    """The major version of a program; 0 for one that does not run."""
    try:
        said = subprocess.run([program, "--version"], capture_output=True, text=True, check=False).stdout
    except OSError:
        return 0
    told = re.search(r"\b(\d+)(?:\.\d+|devel|beta\d|rc\d)", said)
    return int(told[1]) if told else 0


def surroundings(database: dict[str, Any]) -> dict[str, str]:
    """The environment by which libpq's programs reach a database of the settings; its password shows in no list."""
    told = {
        "PGHOST": database["HOST"], "PGPORT": str(database["PORT"]), "PGUSER": database["USER"],
        "PGPASSWORD": database["PASSWORD"], "PGDATABASE": database["NAME"],
    }  # fmt: skip
    extra = {"sslmode": "PGSSLMODE", "sslrootcert": "PGSSLROOTCERT", "sslcert": "PGSSLCERT", "sslkey": "PGSSLKEY"}
    told |= {extra[name]: value for name, value in database["OPTIONS"].items() if name in extra}
    return {name: value for name, value in told.items() if value} | {
        "PATH": os.environ.get("PATH", os.defpath),
        "LC_ALL": "C",
    }


def run(program: Path, *options: str, of: dict[str, Any], stdin: Any = subprocess.DEVNULL) -> None:
    """Run a program on a database; refuses with the end of what it says."""
    done = subprocess.run(
        [program, *options], env=surroundings(of), stdin=stdin, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
        text=True, errors="replace", check=False,
    )  # fmt: skip
    if done.returncode:
        said = "\n".join(done.stderr.splitlines()[-8:])
        raise ProgramFailed(f"{program.name} failed: {said}")

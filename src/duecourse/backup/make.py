"""A backup made while the book is in use: one snapshot of the database, and the files of the days sealed in it."""

import hashlib
import hmac
import importlib.metadata
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

from django.conf import settings
from django.db import connections, transaction

from duecourse.audit.tables import Leaf
from duecourse.book.tables import Day
from duecourse.borrowers import secrecy
from duecourse.embedded import Refused
from duecourse.progress import Tell

from . import archive, programs

RECORD = "backups.json"
"""In DUECOURSE_HOME: when the last backup was made, where it was written, its SHA-256."""


class SealedFileChanged(Refused):
    code = "sealed_file_changed"


class Made(NamedTuple):
    """A backup: where it lies, its bytes, its SHA-256, how many files are in it, the last sealed day it has."""

    out: Path
    size: int
    sha256: str
    files: int
    last_sealed: str


def backup(*, out: Path, at: datetime, tell: Tell) -> Made:
    """Write the whole book to one file, and keep in DUECOURSE_HOME that it was done.

    Nobody has to wait meanwhile: what is posted after the snapshot is not in it. Refuses a file that is there, and a
    sealed file that is missing or not what its seal says.
    """
    out = out.absolute()
    if out.exists():
        raise archive.BackupExists(f"{out} is there: name another file, or move it away")
    if not out.parent.is_dir():
        raise archive.BackupNotWritten(f"there is no folder {out.parent}")
    owner = connections["owner"]
    draft = Path(tempfile.mkdtemp(prefix=f".{out.name}.", dir=out.parent))
    try:
        with transaction.atomic(using="owner"), owner.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            cursor.execute("SELECT pg_export_snapshot(), current_setting('server_version_num')::int")
            snapshot, server = cursor.fetchone()
            tell("database", 0, 1)
            dump = draft / archive.DUMP
            programs.run(
                programs.fitting("pg_dump", server), "--format=custom", "--no-owner",
                f"--snapshot={snapshot}", f"--file={dump}", of=owner.settings_dict,
            )  # fmt: skip
            tell("database", 1, 1)
            about = told_of(cursor, server=server, at=at)
            files = [(archive.DUMP, dump), *sealed(), *beside()]
        members = archive.write(out, about=about, files=files, tell=tell)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    size, sha256 = archive.hashed(out)
    remember(at=at, out=out, sha256=sha256)
    return Made(out, size, sha256, len(members), about["last_sealed"])


def told_of(cursor: Any, *, server: int, at: datetime) -> dict[str, Any]:
    """What a backup says about itself."""
    cursor.execute("SELECT app || '.' || name FROM django_migrations ORDER BY 1")
    migrations = [name for (name,) in cursor.fetchall()]
    audit = log_of(cursor)
    cursor.execute("SELECT coalesce(max(day)::text, '') FROM book_day")
    return {
        "made_at": at.isoformat(),
        "release": importlib.metadata.version("duecourse"),
        "server": server,
        "migrations": migrations,
        "last_sealed": cursor.fetchone()[0],
        "audit": audit,
        "keys": key_marks(),
    }


def log_of(cursor: Any) -> dict[str, Any]:
    """How long the audit log is, and its root."""
    cursor.execute("SELECT place + 1, root FROM audit_leaf ORDER BY place DESC LIMIT 1")
    size, root = cursor.fetchone() or (0, b"")
    return {"size": size, "root": bytes(root).hex()}


def key_marks() -> dict[str, Any]:
    """By what the keys that a backup needs are known again, without telling them."""
    ring = secrecy.keys()
    return {"identity": mark(settings.SECRET_KEY), "pii": [mark(key.material) for key in ring]}


def mark(key: str) -> str:
    """A digest of a key: of 128 random bits or more nobody guesses it back."""
    return hmac.new(key.encode(), b"duecourse backup", hashlib.sha256).hexdigest()[:24]


def place(folder: str) -> Path:
    """Where a folder of DUECOURSE_HOME lies for this database."""
    return Path(settings.HOME) / folder / str(connections["owner"].settings_dict["NAME"])


def sealed() -> Iterator[tuple[str, Path]]:
    """The files of every day sealed in the snapshot, compared with their seals; the full days made of them beside."""
    bodies = dict(Leaf.objects.using("owner").values_list("place", "body"))
    for day in Day.objects.using("owner").order_by("day"):
        folder = place("book") / str(day.day)
        digests = json.loads(bytes(bodies[day.audit_place]))["files"]
        for name, digest in sorted(digests.items()):
            file = folder / f"{name}.parquet"
            if not file.exists() or archive.hashed(file)[1] != digest:
                raise SealedFileChanged(f"{file} is missing or not what its seal says: `duecourse check` names all")
            yield f"book/{day.day}/{name}.parquet", file
        if "day" not in digests and (folder / "day.parquet").exists():
            yield f"book/{day.day}/day.parquet", folder / "day.parquet"


def beside() -> Iterator[tuple[str, Path]]:
    """The files of models, of what came in, and of simulations."""
    for folder in archive.FOLDERS:
        if folder != "book":
            for file in archive.below(place(folder)):
                yield f"{folder}/{file.relative_to(place(folder)).as_posix()}", file


def remember(*, at: datetime, out: Path, sha256: str) -> None:
    """Keep that a backup was made, for `duecourse doctor`."""
    kept = Path(settings.HOME) / RECORD
    draft = kept.with_suffix(f".{os.getpid()}.tmp")
    draft.write_text(json.dumps({"at": at.isoformat(), "out": str(out), "sha256": sha256}) + "\n")
    draft.replace(kept)

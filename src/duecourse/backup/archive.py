"""The one file of a backup: members with their hashes in a manifest, written whole and read with suspicion."""

import hashlib
import io
import json
import os
import re
import tarfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from duecourse.embedded import Refused
from duecourse.progress import Tell

MANIFEST, DUMP = "manifest.json", "database.dump"
FORM = 1
FOLDERS = ("book", "risk", "intake", "simulator")
"""What of DUECOURSE_HOME goes along, each without the database's name in its path."""
NAMED = re.compile(rf"(?:{DUMP}|(?:{'|'.join(FOLDERS)})(?:/[\w.=+-]+)+)")
MANIFEST_MAX = 256 * 2**20
PIECE = 2**20


class BackupExists(Refused):
    code = "backup_exists"


class BackupNotWritten(Refused):
    code = "backup_not_written"


class BackupDamaged(Refused):
    code = "backup_damaged"


class Member(NamedTuple):
    """A file of a backup: its name in it, its size in bytes, its SHA-256 in hexadecimal digits."""

    name: str
    size: int
    sha256: str


def hashed(place: Path) -> tuple[int, str]:
    """The size and the SHA-256 of a file."""
    with place.open("rb") as file:
        return os.fstat(file.fileno()).st_size, hashlib.file_digest(file, "sha256").hexdigest()


def write(out: Path, *, about: dict[str, Any], files: Iterable[tuple[str, Path]], tell: Tell) -> list[Member]:
    """Write a backup so that it appears whole, readable by its owner alone; refuses a file that is there."""
    if out.exists():
        raise BackupExists(f"{out} is there: name another file, or move it away")
    members, places = [], []
    listed = list(files)
    for done, (name, place) in enumerate(listed):
        members.append(Member(name, *hashed(place)))
        places.append(place)
        tell("hashes", done + 1, len(listed))
    body = json.dumps({"form": FORM, **about, "members": [one._asdict() for one in members]}, indent=1).encode()
    draft = out.with_name(f".{out.name}.{os.getpid()}.tmp")
    try:
        with open(draft, "xb", opener=lambda path, flags: os.open(path, flags, mode=0o600)) as file:
            with tarfile.open(fileobj=file, mode="w", format=tarfile.PAX_FORMAT) as tar:
                add(tar, MANIFEST, len(body), io.BytesIO(body))
                for done, (member, place) in enumerate(zip(members, places, strict=True)):
                    with place.open("rb") as content:
                        add(tar, member.name, member.size, content)
                    tell("one file", done + 1, len(members))
            file.flush()
            os.fsync(file.fileno())
        os.link(draft, out)  # unlike a rename, never over a file that came meanwhile
    except FileExistsError as error:
        raise BackupExists(f"{out} is there: name another file, or move it away") from error
    except OSError as error:
        raise BackupNotWritten(f"{out} cannot be written: {error}") from error
    finally:
        draft.unlink(missing_ok=True)
    folder = os.open(out.parent, os.O_RDONLY)
    os.fsync(folder)
    os.close(folder)
    return members


def add(tar: tarfile.TarFile, name: str, size: int, content: Any) -> None:
    """Add a member without anything of the machine that it comes from."""
    told = tarfile.TarInfo(name)
    told.size, told.mode = size, 0o600
    tar.addfile(told, content)


def manifest(file: Path) -> dict[str, Any]:
    """What a backup says about itself; refuses what is no backup, or of a form that this release cannot read."""
    with opened(file) as tar:
        return told_by(next(iter(tar), None), tar, file)


def told_by(first: tarfile.TarInfo | None, tar: tarfile.TarFile, file: Path) -> dict[str, Any]:
    """The manifest, which is the first member."""
    if first is None or first.name != MANIFEST or not first.isreg() or first.size > MANIFEST_MAX:
        raise BackupDamaged(f"{file} does not begin with {MANIFEST}: it is no backup, or a damaged one")
    read = tar.extractfile(first)
    assert read is not None
    try:
        body: dict[str, Any] = json.loads(read.read())
        members = [Member(**one) for one in body["members"]]
    except (ValueError, TypeError, KeyError) as error:
        raise BackupDamaged(f"{MANIFEST} of {file} cannot be read") from error
    if body.get("form") != FORM:
        raise BackupDamaged(f"{file} is of form {body.get('form')!r}, which this release cannot read")
    strange = [one.name for one in members if not NAMED.fullmatch(one.name) or ".." in one.name.split("/")]
    if strange or len({one.name for one in members}) < len(members):
        raise BackupDamaged(f"{MANIFEST} of {file} names members that no backup has: {', '.join(strange[:3])}")
    return body | {"members": members}


def unpack(file: Path, into: Path, tell: Tell) -> dict[str, Any]:
    """Write every member below a folder and compare its hash; answers the manifest. Refuses whatever is not as told."""
    with opened(file) as tar:
        stream = iter(tar)
        told = told_by(next(stream, None), tar, file)
        wanted = {one.name: one for one in told["members"]}
        seen: set[str] = set()
        try:
            for found in stream:
                member = wanted.get(found.name)
                if member is None or found.name in seen or not found.isreg() or found.size != member.size:
                    raise BackupDamaged(f"{found.name} of {file} is not what its manifest says")
                seen.add(found.name)
                content = tar.extractfile(found)
                assert content is not None
                if copied(content, into / found.name) != member.sha256:
                    raise BackupDamaged(f"{found.name} of {file} was changed: its hash is not the manifest's")
                tell("hashes", len(seen), len(wanted))
        except (tarfile.TarError, EOFError) as error:
            raise BackupDamaged(f"{file} breaks off or is damaged: {error}") from error
    if missing := sorted(set(wanted) - seen):
        raise BackupDamaged(f"{file} lacks {len(missing)} of its files, the first {missing[0]}")
    return told


def copied(content: Any, place: Path) -> str:
    """Write a stream to a file; answers its SHA-256."""
    place.parent.mkdir(parents=True, exist_ok=True)
    digest = hashlib.sha256()
    with place.open("xb") as out:
        for piece in iter(lambda: content.read(PIECE), b""):
            digest.update(piece)
            out.write(piece)
        out.flush()
        os.fsync(out.fileno())
    return digest.hexdigest()


class opened:  # noqa: N801 (a context, named as one)
    """A tar to be read, from its beginning on; refuses what is none."""

    def __init__(self, file: Path) -> None:
        self.file = file

    def __enter__(self) -> tarfile.TarFile:
        try:
            self.tar = tarfile.open(self.file, mode="r:")
        except (OSError, tarfile.TarError, EOFError) as error:
            raise BackupDamaged(f"{self.file} cannot be read as a backup: {error}") from error
        return self.tar

    def __exit__(self, *fault: object) -> None:
        self.tar.close()


def below(folder: Path) -> Iterator[Path]:
    """Every file below a folder but drafts, in order."""
    for place in sorted(folder.rglob("*")):
        hidden = any(part.startswith(".") for part in place.relative_to(folder).parts)
        if place.is_file() and not hidden and place.suffix != ".tmp":
            yield place

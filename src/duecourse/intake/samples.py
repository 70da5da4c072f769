"""Real data sets that anyone may fetch: where they are, under which licence, and what their bytes must be."""

import hashlib
import os
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import httpx
import pyarrow as pa
import pyarrow.parquet as pq
import xlrd

from duecourse.ledger.journal import Refused


class Sample(NamedTuple):
    """A data set: its address, its member, the SHA-256 of both, its size, and how it must be named."""

    name: str
    url: str
    member: str
    archive_sha256: str
    member_sha256: str
    size: int
    licence: str


CARD = Sample(
    "card",
    "https://archive.ics.uci.edu/static/public/350/default+of+credit+card+clients.zip",
    "default of credit card clients.xls",
    "56c885f84457f6680f8438f02bfcdac9579323d8a94465ee5f26e32baa727602",
    "30c6be3abd8dcfd3e6096c828bad8c2f011238620f5369220bd60cfc82700933",
    5_539_494,
    "Default of Credit Card Clients, I-C. Yeh (2009), UCI Machine Learning Repository no. 350, "
    "doi 10.24432/C55S3H, licence CC BY 4.0",
)
SAMPLES = {sample.name: sample for sample in (CARD,)}
PATIENCE_S = 30


class NoNetwork(Refused):
    code = "no_network"


class WrongChecksum(Refused):
    code = "wrong_checksum"


class NoSuchSample(Refused):
    code = "no_such_sample"


def folder() -> Path:
    """Where fetched data sets are kept: DUECOURSE_CACHE, else the user's cache."""
    told = os.environ.get("DUECOURSE_CACHE")
    base = Path(told) if told else Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "duecourse"
    return base / "samples"


def find(name: str) -> Sample:
    """A data set by its name."""
    if name not in SAMPLES:
        raise NoSuchSample(f"there is no sample {name!r}; there is {', '.join(SAMPLES)}")
    return SAMPLES[name]


def cached(sample: Sample) -> Path | None:
    """The data set as it was fetched before, or None."""
    place = folder() / f"{sample.name}.parquet"
    return place if place.exists() else None


def get(sample: Sample, *, progress: Callable[[int, int], None] | None = None) -> Path:
    """Fetch a data set once: go on with a download that broke off, check its bytes, keep it as Parquet."""
    kept = cached(sample)
    if kept is not None:
        return kept
    folder().mkdir(parents=True, exist_ok=True)
    archive = folder() / f"{sample.name}.zip"
    if not archive.exists():
        download(sample, archive, progress or (lambda done, of: None))
    if digest(archive) != sample.archive_sha256:
        archive.unlink()
        raise WrongChecksum(f"{sample.url}: not the file that is expected (SHA-256 differs); it was thrown away")
    with zipfile.ZipFile(archive) as opened:
        content = opened.read(sample.member)
    if hashlib.sha256(content).hexdigest() != sample.member_sha256:
        raise WrongChecksum(f"{sample.member}: not the file that is expected (SHA-256 differs)")
    place = folder() / f"{sample.name}.parquet"
    draft = place.with_suffix(".tmp")
    pq.write_table(as_table(content), draft)
    draft.replace(place)
    return place


def download(sample: Sample, archive: Path, progress: Callable[[int, int], None]) -> None:
    """Download to a `.part` file and rename it; what a broken download left is gone on with."""
    part = archive.with_suffix(".part")
    have = part.stat().st_size if part.exists() else 0
    headers = {"Range": f"bytes={have}-"} if have else {}
    try:
        with httpx.stream("GET", sample.url, headers=headers, timeout=PATIENCE_S, follow_redirects=True) as answer:
            if answer.status_code == httpx.codes.REQUESTED_RANGE_NOT_SATISFIABLE:
                part.replace(archive)
                return
            answer.raise_for_status()
            resumed = answer.status_code == httpx.codes.PARTIAL_CONTENT
            done = have if resumed else 0
            with part.open("ab" if resumed else "wb") as out:
                for chunk in answer.iter_bytes():
                    out.write(chunk)
                    done += len(chunk)
                    progress(done, sample.size)
    except httpx.HTTPError as fault:
        raise NoNetwork(
            f"{sample.url} cannot be fetched ({fault or type(fault).__name__}); where there is a copy, give its path"
        ) from fault
    part.replace(archive)


def digest(place: Path) -> str:
    """The SHA-256 of a file."""
    with place.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def as_table(content: bytes) -> pa.Table:
    """The card data's sheet as a table: the second row names the columns, every value is a whole number."""
    sheet = xlrd.open_workbook(file_contents=content).sheet_by_index(0)
    names = [str(name).strip() for name in sheet.row_values(1)]
    columns = [[int(value) for value in sheet.col_values(i, start_rowx=2)] for i in range(sheet.ncols)]
    return pa.table(dict(zip(names, columns, strict=True)))

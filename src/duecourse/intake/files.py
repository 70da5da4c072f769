"""What every incoming file goes through: its size, its encoding, its columns; rows that are wrong are named."""

import csv
import hashlib
import io
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

from duecourse.ledger.journal import Refused

MAX_BYTES = 64 * 2**20
MAX_ROWS = 100_000


class FileMissing(Refused):
    code = "file_missing"


class FileTooLarge(Refused):
    code = "file_too_large"


class FileNotText(Refused):
    code = "file_not_utf8"


class FileTruncated(Refused):
    code = "file_truncated"


class FileMalformed(Refused):
    code = "file_malformed"


class ColumnsMissing(Refused):
    code = "columns_missing"


class NothingToRetry(Refused):
    code = "nothing_to_retry"


class BadRow(NamedTuple):
    """A row that cannot be taken: its number (the first row of values is 1), the field, a stable code, the reason."""

    row: int
    field: str
    code: str
    reason: str
    reference: str | None = None


class Read(NamedTuple):
    """A file's rows as strings or numbers, the number of each, and the rows that have no shape."""

    table: pa.Table
    rows: list[int]
    bad: list[BadRow]


def digest(path: Path) -> bytes:
    """What a file is known by: the SHA-256 of its content."""
    if not path.is_file():
        raise FileMissing(f"{path}: there is no such file")
    size = path.stat().st_size
    if size > MAX_BYTES:
        raise FileTooLarge(f"{path}: {size:,} bytes, at most {MAX_BYTES:,} are taken; split the file")
    with path.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").digest()


def read(path: Path) -> Read:
    """Read a CSV (UTF-8, with a header) or a Parquet file."""
    digest(path)
    if is_parquet(path):
        return read_parquet(path, most_rows=MAX_ROWS)
    return parse_csv(path, text_of(path), most_rows=MAX_ROWS)


def is_parquet(path: Path) -> bool:
    """Whether a file is a Parquet file, by its first bytes or by its name."""
    with path.open("rb") as opened:
        return opened.read(4) == b"PAR1" or path.suffix == ".parquet"


def refuse_rows_above(path: Path, rows: int, most: int) -> None:
    """Refuse a file of too many rows."""
    if rows > most:
        raise FileTooLarge(f"{path}: {rows:,} rows, at most {most:,} are taken; split the file")


def read_parquet(path: Path, *, most_rows: int) -> Read:
    """Read a Parquet file; one that was cut off is refused."""
    try:
        with pa.parquet.ParquetFile(path) as opened:
            refuse_rows_above(path, opened.metadata.num_rows, most_rows)
            table = opened.read()
    except (pa.ArrowException, OSError) as fault:
        raise FileTruncated(f"{path}: not a whole Parquet file ({str(fault).splitlines()[0]})") from fault
    return Read(table, list(range(1, len(table) + 1)), [])


def text_of(path: Path) -> str:
    """The text of a file that says that it is UTF-8, and is."""
    content = path.read_bytes()
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise FileNotText(f"{path}: UTF-16; save it as UTF-8")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        line = content[: fault.start].count(b"\n") + 1
        raise FileNotText(f"{path}: line {line}: byte {fault.start} is not UTF-8; save the file as UTF-8") from fault
    if "\0" in text:
        raise FileMalformed(f"{path}: line {text[: text.index(chr(0))].count(chr(10)) + 1}: not a text file (NUL byte)")
    return text


def parse_csv(path: Path, text: str, *, most_rows: int) -> Read:
    """A CSV text as strings; a row of the wrong length is named, and a last row that is short refuses the file."""
    wrong: list[BadRow] = []

    def keep(row: pa.csv.InvalidRow) -> str:
        reason = f"{row.actual_columns} fields, the header has {row.expected_columns}"
        wrong.append(BadRow(row.number - 1, "", "wrong_number_of_fields", reason, row.text.split(",")[0][:40] or None))
        return "skip"

    try:
        header = next(csv.reader(io.StringIO(text)), [])
        table = pa.csv.read_csv(
            pa.BufferReader(text.encode()),
            read_options=pa.csv.ReadOptions(use_threads=False),
            parse_options=pa.csv.ParseOptions(invalid_row_handler=keep),
            convert_options=pa.csv.ConvertOptions(
                column_types=dict.fromkeys(header, pa.string()), strings_can_be_null=True, null_values=[""]
            ),
        )
    except pa.ArrowException as fault:
        raise FileMalformed(f"{path}: {str(fault).splitlines()[0]}") from fault
    count = len(table) + len(wrong)
    refuse_rows_above(path, count, most_rows)
    last = wrong[-1] if wrong else None
    if last is not None and last.row == count and not text.endswith("\n"):
        raise FileTruncated(f"{path}: row {last.row}, the last: {last.reason}; the file was cut off")
    skipped = {bad.row for bad in wrong}
    return Read(table, [row for row in range(1, count + 1) if row not in skipped], wrong)

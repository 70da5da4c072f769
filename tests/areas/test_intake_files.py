"""Files that are wrong are refused or their rows named; nothing of them is half done."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from duecourse.intake import card_file, files

HEADER = ",".join(card_file.REQUIRED)


def row(client: int, **told: object) -> str:
    values = dict.fromkeys(card_file.REQUIRED, "0") | {"ID": str(client), "LIMIT_BAL": "20000"}
    return ",".join(str(told.get(name, value)) for name, value in values.items())


def csv(path: Path, *rows: str, end: str = "\n") -> Path:
    path.write_text("\n".join([HEADER, *rows]) + end)
    return path


def test_a_file_that_is_not_utf_8_is_refused_with_the_line(tmp_path: Path) -> None:
    path = csv(tmp_path / "latin.csv", row(1), row(2))
    path.write_bytes(path.read_bytes() + b"3,\xe9\n")
    with pytest.raises(files.FileNotText, match="line 4"):
        card_file.read(path)


def test_utf_16_is_named(tmp_path: Path) -> None:
    path = tmp_path / "wide.csv"
    path.write_bytes((HEADER + "\n").encode("utf-16"))
    with pytest.raises(files.FileNotText, match="UTF-16"):
        card_file.read(path)


def test_a_file_cut_off_in_its_last_row_is_refused(tmp_path: Path) -> None:
    path = csv(tmp_path / "cut.csv", row(1), row(2)[:20], end="")
    with pytest.raises(files.FileTruncated, match="row 2, the last"):
        card_file.read(path)


def test_a_parquet_file_cut_off_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "cut.parquet"
    pq.write_table(pa.table({"ID": list(range(1000))}), path)
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(files.FileTruncated):
        card_file.read(path)


def test_a_file_without_a_needed_column_is_refused_by_name(tmp_path: Path) -> None:
    path = tmp_path / "few.csv"
    path.write_text("ID,LIMIT_BAL\n1,2\n")
    with pytest.raises(files.ColumnsMissing, match="BILL_AMT6"):
        card_file.read(path)


def test_a_file_of_ten_times_too_many_rows_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "MAX_ROWS", 10)
    path = csv(tmp_path / "long.csv", *(row(client) for client in range(1, 101)))
    with pytest.raises(files.FileTooLarge, match="100 rows, at most 10"):
        card_file.read(path)


def test_a_file_of_too_many_bytes_is_refused_unread(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "MAX_BYTES", 100)
    with pytest.raises(files.FileTooLarge, match="at most 100 are taken"):
        card_file.read(csv(tmp_path / "fat.csv", row(1), row(2)))


def test_an_empty_file_and_one_with_nul_bytes_are_malformed(tmp_path: Path) -> None:
    (tmp_path / "empty.csv").write_text("")
    with pytest.raises(files.FileMalformed):
        card_file.read(tmp_path / "empty.csv")
    (tmp_path / "nul.csv").write_text(HEADER + "\n1,\0\n")
    with pytest.raises(files.FileMalformed, match="line 2"):
        card_file.read(tmp_path / "nul.csv")


def test_a_missing_file_is_said_to_be_missing(tmp_path: Path) -> None:
    with pytest.raises(files.FileMissing):
        card_file.read(tmp_path / "none.csv")


BAD = [
    ("BILL_AMT3", "12.5", "not_a_whole_number"),
    ("BILL_AMT3", "", "not_a_whole_number"),
    ("BILL_AMT3", "NaN", "not_a_whole_number"),
    ("PAY_AMT2", "-5", "out_of_range"),
    ("LIMIT_BAL", "99999999999", "out_of_range"),
    ("ID", "0", "out_of_range"),
    ("ID", "one", "not_a_whole_number"),
]


@pytest.mark.parametrize(("field", "value", "code"), BAD)
def test_a_bad_row_is_named_and_the_others_are_taken(tmp_path: Path, field: str, value: str, code: str) -> None:
    clients, bad = card_file.read(csv(tmp_path / "book.csv", row(1), row(2, **{field: value}), row(3)))
    assert clients.ids.tolist() == [1, 3]
    assert [(one.row, one.field, one.code) for one in bad] == [(2, field, code)]


def test_a_row_of_the_wrong_length_and_a_repeated_client_are_named(tmp_path: Path) -> None:
    clients, bad = card_file.read(csv(tmp_path / "book.csv", row(1), "2,3", row(1), row(4)))
    assert clients.ids.tolist() == [1, 4]
    assert [(one.row, one.code) for one in bad] == [(2, "wrong_number_of_fields"), (3, "repeated_client")]


def test_csv_and_parquet_of_the_same_rows_read_the_same(tmp_path: Path) -> None:
    told = {name: [1, 2] if name == "ID" else [10, 20] for name in card_file.REQUIRED}
    pq.write_table(pa.table(told), tmp_path / "book.parquet")
    lines = [",".join(str(told[name][i]) for name in card_file.REQUIRED) for i in (0, 1)]
    from_csv, _ = card_file.read(csv(tmp_path / "book.csv", *lines))
    from_parquet, _ = card_file.read(tmp_path / "book.parquet")
    assert {name: column.tolist() for name, column in from_csv.values.items()} == {
        name: column.tolist() for name, column in from_parquet.values.items()
    }


def test_the_names_of_other_copies_are_known(tmp_path: Path) -> None:
    path = tmp_path / "kaggle.csv"
    path.write_text(f"{HEADER},PAY_1,default.payment.next.month\n{row(1)},2,1\n")
    clients, bad = card_file.read(path)
    assert bad == []
    assert clients.values["PAY_0"].tolist() == [2]
    assert clients.values["DEFAULT"].tolist() == [1]

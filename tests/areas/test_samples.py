"""Fetching a data set from a real HTTP server on loopback: checked, resumed, kept; and what is said where it fails."""

import hashlib
import http.server
import io
import re
import threading
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import xlwt

from duecourse.intake import samples

NAMES = ["ID", "LIMIT_BAL", "PAY_0"]


def sheet() -> bytes:
    """A workbook of the shape of the card data: two rows of names, then whole numbers."""
    book = xlwt.Workbook()
    page = book.add_sheet("Data")
    for i, name in enumerate(NAMES):
        page.write(0, i, f"X{i}")
        page.write(1, i, name)
        for row in (2, 3):
            page.write(row, i, row * 10 + i)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


class Server(http.server.BaseHTTPRequestHandler):
    """Serves `content`; breaks off after `cut` bytes on the first request; understands Range."""

    content = b""
    cut: int | None = None
    ranges: list[str | None]

    def do_GET(self) -> None:
        asked = self.headers.get("Range")
        type(self).ranges.append(asked)
        start = int(re.findall(r"\d+", asked)[0]) if asked else 0
        body = self.content[start:]
        self.send_response(206 if asked else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        cut, type(self).cut = type(self).cut, None
        self.wfile.write(body[:cut])

    def log_message(self, *told: object) -> None:
        pass


@pytest.fixture
def sample(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[samples.Sample]:
    monkeypatch.setenv("DUECOURSE_CACHE", str(tmp_path / "cache"))
    content = sheet()
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("card.xls", content)
    Server.content, Server.cut, Server.ranges = out.getvalue(), None, []
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Server)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield samples.Sample(
        "card",
        f"http://127.0.0.1:{server.server_port}/card.zip",
        "card.xls",
        hashlib.sha256(Server.content).hexdigest(),
        hashlib.sha256(content).hexdigest(),
        len(Server.content),
        "made by the test",
    )
    server.shutdown()


def test_a_sample_is_fetched_once_and_kept_as_a_table(sample: samples.Sample) -> None:
    import pyarrow.parquet as pq

    place = samples.get(sample)
    assert pq.read_table(place).to_pydict() == {"ID": [20, 30], "LIMIT_BAL": [21, 31], "PAY_0": [22, 32]}
    assert samples.get(sample) == place
    assert Server.ranges == [None]


def test_a_download_that_broke_off_is_gone_on_with(sample: samples.Sample) -> None:
    Server.cut = 1_000
    with pytest.raises(samples.NoNetwork):
        samples.get(sample)
    assert samples.get(sample).exists()
    assert Server.ranges == [None, "bytes=1000-"]


def test_other_bytes_than_expected_are_thrown_away(sample: samples.Sample) -> None:
    with pytest.raises(samples.WrongChecksum):
        samples.get(sample._replace(archive_sha256="0" * 64))
    assert not (samples.folder() / "card.zip").exists()
    assert samples.get(sample).exists()


def test_without_a_network_it_says_what_to_do(sample: samples.Sample) -> None:
    with pytest.raises(samples.NoNetwork, match="give its path"):
        samples.get(sample._replace(url="http://127.0.0.1:9/card.zip"))


def test_an_unknown_sample_is_refused() -> None:
    with pytest.raises(samples.NoSuchSample, match="card"):
        samples.find("cars")

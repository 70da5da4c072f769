"""Where the pages may be served, and where not."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.error import URLError
from urllib.parse import quote
from urllib.request import urlopen

import pytest


@contextmanager
def served(*words: str) -> Iterator[str]:
    """The address at which the command says that it serves the console, with the database of this test."""
    from django.conf import settings

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    urls = {}
    for name, role in (("DATABASE_URL", "default"), ("DATABASE_OWNER_URL", "owner")):
        told = settings.DATABASES[role]
        place = f"@/{told['NAME']}?host={quote(told['HOST'], safe='')}&port={told['PORT']}"
        urls[name] = f"postgresql://{told['USER']}:{told['PASSWORD']}{place}"
    serve = f"from duecourse.cli import main; main({['serve', '--port', str(port), *words]})"
    begin = {"args": [sys.executable, "-c", serve], "env": os.environ | urls, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen(**begin) as serving:
        try:
            told = serving.stdout.readline()
            assert told == f"the pages are at http://127.0.0.1:{port}/ (Ctrl-C ends)\n"
            socket.create_connection(("127.0.0.1", port)).close()  # it listens when it says so
            yield told.split()[4]
        finally:
            serving.terminate()
            assert serving.wait(30) in (0, -15)


def first_page(address: str) -> tuple[str, str]:
    """Where the first page of a console leads, and what it says."""
    for _ in range(600):
        try:
            with urlopen(address, timeout=60) as page:
                return page.url.removeprefix(address), page.read().decode()
        except URLError:
            time.sleep(0.2)
    pytest.fail(f"nothing answers at {address}")


def test_the_command_serves_a_demo_to_anybody(db: str) -> None:
    with served("--demo") as address:
        place, page = first_page(address)
        assert place == ""
        assert "No day is sealed yet" in page


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.7", "lender.example"])
def test_a_demo_is_served_to_this_machine_alone(host: str) -> None:
    from duecourse.web import serve

    with pytest.raises(serve.DemoNotOnLoopback) as refused:
        serve.serve(host=host, port=0, demo=True)
    assert refused.value.code == "demo_not_on_loopback"


def test_a_demo_told_by_the_environment_is_refused_too(monkeypatch: pytest.MonkeyPatch) -> None:
    from duecourse.web import serve

    monkeypatch.setenv("DUECOURSE_DEMO", "1")
    with pytest.raises(serve.DemoNotOnLoopback):
        serve.serve(host="0.0.0.0", port=0)


def test_a_port_that_is_taken_is_refused_by_code() -> None:
    from duecourse.web import serve

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(serve.PortInUse) as refused:
            serve.serve(port=taken.getsockname()[1])
    assert refused.value.code == "port_in_use"


def test_an_address_that_is_not_ours_is_refused_by_code() -> None:
    from duecourse.web import serve

    with pytest.raises(serve.BadAddress) as refused:
        serve.serve(host="192.0.2.7", port=8000)
    assert refused.value.code == "bad_address"


def test_loopback_is_told_from_the_rest() -> None:
    from duecourse.web.serve import is_loopback

    assert [is_loopback(host) for host in ("127.0.0.1", "127.8.0.1", "::1", "localhost")] == [True] * 4
    assert [is_loopback(host) for host in ("0.0.0.0", "10.0.0.1", "localhost.example", "")] == [False] * 4

"""A database for one benchmark, in a folder of its own, and the pages served from it; gone afterwards."""

import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen


@contextmanager
def database() -> Iterator[Path]:
    """Point DUECOURSE_HOME at a new folder and start a migrated database in it; answers the folder.

    Django is not set up yet: a benchmark may first write its book in another process.
    """
    with tempfile.TemporaryDirectory(prefix="duecourse-bench-") as place:
        os.environ.pop("DATABASE_URL", None)
        os.environ |= {"DUECOURSE_HOME": place, "DJANGO_SETTINGS_MODULE": "duecourse.settings"}
        migrate = [sys.executable, "-m", "django", "migrate", "--database", "owner", "--verbosity", "0"]
        subprocess.run(migrate, check=True)
        from duecourse import embedded

        try:
            yield Path(place)
        finally:
            embedded.stop(Path(place))


@contextmanager
def served() -> Iterator[str]:
    """The address of the pages, served by the command until the end."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    words = ["serve", "--port", str(port)]
    with subprocess.Popen([sys.executable, "-c", f"from duecourse.cli import main; main({words})"]) as serving:
        try:
            yield answering(f"http://127.0.0.1:{port}", serving)
        finally:
            serving.terminate()
            serving.wait(30)


def answering(address: str, serving: subprocess.Popen[bytes]) -> str:
    """The address, once the server that is starting answers there."""
    while True:
        assert serving.poll() is None, "the server ended"
        try:
            urlopen(f"{address}/healthz", timeout=60).close()
            return address
        except URLError:
            time.sleep(0.2)

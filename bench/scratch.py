"""A database for one benchmark: an embedded server in a folder of its own, its tables made, gone afterwards."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


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

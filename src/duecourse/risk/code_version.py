"""By which code a model was made."""

import hashlib
from functools import cache
from importlib import metadata
from pathlib import Path


@cache
def code_version() -> str:
    """The version of the package, and the SHA-256 of every file that trains, scores and finds features."""
    digest = hashlib.sha256()
    top = Path(__file__).parent
    for path in sorted(top.rglob("*.py")):
        digest.update(path.relative_to(top).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return f"{metadata.version('duecourse')}+{digest.hexdigest()}"

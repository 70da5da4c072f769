"""What others wrote and lies in the source is what its decision says it is."""

import re
from hashlib import sha256
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_htmx_is_the_file_that_the_decision_names() -> None:
    told = (ROOT / "docs/decisions/0013-htmx-for-one-thing.md").read_text(encoding="utf-8")
    (file,) = (ROOT / "src/duecourse/web/static").glob("htmx-*.js")
    assert file.name.removeprefix("htmx-").removesuffix(".min.js") in told
    assert re.findall(r"[0-9a-f]{64}", told) == [sha256(file.read_bytes()).hexdigest()]

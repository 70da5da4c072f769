"""kernel.lanes: what it adds to the kernel. That it equals the plain lane is a law (tests/laws)."""

import os
from pathlib import Path

import numba
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from duecourse.kernel import lanes, money


@numba.njit
def divided(amount: int, by: int) -> int:
    return money.quotient(amount, by)


divisors = st.one_of(
    st.sampled_from([1, 3, money.PPM, money.PPM * 360, money.PPM * 365, money.PPM * 366, money.PPM * 365 * 366]),
    st.integers(1, 2**62),
)


@settings(deadline=None)
@given(st.integers(0, 2**63 - 1), divisors)
def test_dividing_without_a_sign_is_dividing(amount: int, by: int) -> None:
    assert divided(amount, by) == money.quotient(amount, by) == amount // by
    near = amount // by * by
    assert divided(near, by) == near // by
    assert divided(max(near - 1, 0), by) == max(near - 1, 0) // by


@pytest.mark.parametrize("changed", [*(Path(str(module.__file__)).name for module in lanes.SOURCES), "lanes.py"])
def test_every_source_that_is_compiled_changes_the_fingerprint(tmp_path: Path, changed: str) -> None:
    for path in Path(lanes.__file__).parent.glob("*.py"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    before = lanes.fingerprint(tmp_path)
    (tmp_path / changed).write_text("A = 2\n")
    assert lanes.fingerprint(tmp_path) != before


def test_a_source_that_is_not_compiled_leaves_the_fingerprint(tmp_path: Path) -> None:
    for path in Path(lanes.__file__).parent.glob("*.py"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    before = lanes.fingerprint(tmp_path)
    (tmp_path / "apr.py").write_text("A = 2\n")
    assert lanes.fingerprint(tmp_path) == before


def test_the_cache_lies_where_it_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DUECOURSE_CACHE", str(tmp_path))
    place = lanes.cache_folder(Path(lanes.__file__).parent)
    assert place.parent == tmp_path / "lanes"
    assert place.is_dir()


def test_where_nothing_can_be_written_the_cache_lies_in_a_private_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("DUECOURSE_CACHE", str(tmp_path / "file"))
    monkeypatch.setattr(lanes.tempfile, "gettempdir", lambda: str(tmp_path))
    assert lanes.cache_folder(Path(lanes.__file__).parent).parent == tmp_path / f"duecourse-lanes-{os.getuid()}"

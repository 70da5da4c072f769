"""`make mutants`: is every change that a fault would make in four kernel files noticed by a test?

mutmut makes the changes (`[tool.mutmut]` in pyproject.toml says of which files, and which tests try them) and runs the
tests that reach each; what was tried is kept in `mutants/`, so that a run that was stopped goes on. This says how many
were noticed, and fails below the bar or where one went unnoticed that tests/mutants.toml does not excuse.
"""

import hashlib
import json
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any, NamedTuple

TOP = Path(__file__).parents[1]
KEPT = TOP / "mutants"
BAR = 95
"""Per cent of the mutants of each file that the tests have to notice."""
LISTED_MAX = 10
UNNOTICED = {0: "survived", 2: "stopped", 5: "no test", 33: "no test", 34: "left out", None: "not tried"}
"""What mutmut's exit codes mean where the mutant was not noticed; any other is a test that failed or ran too long."""


class Mutant(NamedTuple):
    """A change that went unnoticed: its name, the lines that it took away and the lines that it put there."""

    name: str
    how: str
    was: str
    now: str


def told_of() -> dict[str, Any]:
    """What pyproject.toml says."""
    told: dict[str, Any] = tomllib.loads((TOP / "pyproject.toml").read_text())["tool"]["mutmut"]
    return told


def of_tests(told: dict[str, Any]) -> str:
    """A digest of the tests that try mutants, of the laws' drawn lives, and of the kernel that they run through."""
    files = {TOP / name for name in told["pytest_add_cli_args_test_selection"]}
    files |= {*(TOP / "tests" / "laws").glob("[!t]*.py"), *(TOP / "src" / "duecourse" / "kernel").glob("*.py")}
    return hashlib.sha256(b"".join(path.read_bytes() for path in sorted(files))).hexdigest()


def forget(told: dict[str, Any]) -> None:
    """Let mutants be tried again whose tests have changed since: all of them, or with --unnoticed those that were not
    noticed (quicker, while tests are written)."""
    seen, now = KEPT / "tests.sha256", of_tests(told)
    if not seen.exists() or seen.read_text() != now:
        for path in told["only_mutate"]:
            meta = KEPT / f"{path}.meta"
            if meta.exists():
                found = json.loads(meta.read_text())
                for name, code in found["exit_code_by_key"].items():
                    if "--unnoticed" not in sys.argv or code in UNNOTICED:
                        found["exit_code_by_key"][name] = None
                meta.write_text(json.dumps(found))
        (KEPT / "mutmut-stats.json").unlink(missing_ok=True)
    KEPT.mkdir(exist_ok=True)
    seen.write_text(now)


def unnoticed(path: str, codes: dict[str, int | None]) -> list[Mutant]:
    """The mutants of a file that no test noticed."""
    from mutmut.mutation.diff_apply import get_diff_for_mutant

    found = []
    for name, code in codes.items():
        if code in UNNOTICED:
            lines = get_diff_for_mutant(name, path=path).splitlines()[2:]
            was, now = (" ".join(line[1:].strip() for line in lines if line[:1] == sign) for sign in "-+")
            found.append(Mutant(name, UNNOTICED[code], was, now))
    return found


def judge(told: dict[str, Any]) -> int:
    """Print how many mutants of each file were noticed; 1 where it is not enough."""
    listed = tomllib.loads((TOP / "tests" / "mutants.toml").read_text()).get("mutant", [])
    excused = {(one["file"], one["was"], one["now"]) for one in listed}
    faults = [f"{len(listed)} mutants are listed, above {LISTED_MAX}"] if len(listed) > LISTED_MAX else []
    used = set()
    for path in told["only_mutate"]:
        name = Path(path).name
        codes = json.loads((KEPT / f"{path}.meta").read_text())["exit_code_by_key"]
        left = unnoticed(path, codes)
        killed = len(codes) - len(left)
        print(f"{name}: {killed} of {len(codes)} mutants noticed, {100 * killed / len(codes):.1f}%")
        if 100 * killed < BAR * len(codes):
            faults.append(f"{name}: below {BAR}%")
        for one in left:
            says = (name, one.was, one.now)
            used.add(says)
            print(f"  {one.how}{' (listed)' if says in excused else ''}: {one.name.rpartition('.')[2]}")
            print(f"    - {one.was}\n    + {one.now}")
            if says not in excused:
                faults.append(f"{name}: {one.how} and not listed: {one.now}")
    faults += [f"{name}: listed and yet noticed: {now}" for name, _, now in sorted(excused - used)]
    print("\n".join(["", *faults]) if faults else "\nevery mutant is noticed or listed with its reason")
    return 1 if faults else 0


def main() -> int:
    """Try the mutants that have not been tried, and judge."""
    told = told_of()
    if "--judge" not in sys.argv:
        forget(told)
        children = [arg.partition("=")[2] for arg in sys.argv if arg.startswith("--children=")]
        run = [sys.executable, "-m", "mutmut", "run", *(["--max-children", children[0]] if children else [])]
        code = subprocess.run(run, cwd=TOP, check=False).returncode
        if code:
            return code
    return judge(told)


if __name__ == "__main__":
    sys.exit(main())

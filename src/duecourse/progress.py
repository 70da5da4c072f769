"""Progress of long work on a terminal: what is going on and how long it will take."""

from collections.abc import Callable
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

Tell = Callable[[str, int, int], None]
"""Called with a stage's name, how much of it is done, and of how much."""
console = Console()


def bar() -> Progress:
    """A progress bar that says what is going on and how long it will take."""
    return Progress(
        TextColumn("{task.description:<26}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
        console=console,
    )


def stages(progress: Progress) -> Tell:
    """A callback that shows each stage as a line of a progress bar; a new stage ends those before it."""
    tasks: dict[str, Any] = {}

    def tell(stage: str, done: int, of: int) -> None:
        if stage not in tasks:
            for task in progress.tasks:
                progress.update(task.id, completed=task.total)
            tasks[stage] = progress.add_task(stage, total=of)
        progress.update(tasks[stage], completed=done, total=of)

    return tell

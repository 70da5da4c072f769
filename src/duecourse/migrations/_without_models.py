"""A step of a migration in Python that asks for no models: making them as they were then takes longer than the step."""

from typing import Any

from django.db.migrations import RunPython


class WithoutModels(RunPython):
    """As `RunPython`; the step is given None where that is given the models of its time."""

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        self.code(None, schema_editor)

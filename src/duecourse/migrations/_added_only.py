"""Tables to which rows are only added: their triggers, and the right to read them and add to them, no more."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.conf import settings


def refusing(tables: Sequence[str]) -> str:
    """The SQL of triggers that refuse to change or remove rows of these tables, whoever asks (`risk_refuse_change`)."""
    return "".join(
        f"""
CREATE OR REPLACE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table}
    FOR EACH ROW EXECUTE FUNCTION risk_refuse_change();
CREATE OR REPLACE TRIGGER {table}_never_emptied BEFORE TRUNCATE ON {table}
    FOR EACH STATEMENT EXECUTE FUNCTION risk_refuse_change();
"""
        for table in tables
    )


def resealing(columns: Mapping[str, Sequence[str]]) -> str:
    """The SQL of triggers that refuse the same, but that the owner seals these columns anew when keys are exchanged
    (`borrowers.rotation`)."""
    return "".join(
        f"""
CREATE OR REPLACE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table}
    FOR EACH ROW EXECUTE FUNCTION risk_refuse_change({", ".join(f"'{name}'" for name in sealed)});
"""
        for table, sealed in columns.items()
    )


def granting(tables: Sequence[str], rights: str = "SELECT, INSERT") -> Callable[[Any, Any], None]:
    """A step that lets the application's role read these tables and add to them, or what else `rights` says."""

    def grant(apps: Any, schema_editor: Any) -> None:
        connection = schema_editor.connection
        app = settings.DATABASES["default"]["USER"]
        if app != connection.settings_dict["USER"]:
            role = connection.ops.quote_name(app)
            schema_editor.execute(f"GRANT {rights} ON {', '.join(tables)} TO {role}")
            schema_editor.execute(f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {role}")

    return grant

"""The words of the pages: collected into django.po, compiled into django.mo, by Babel alone (no gettext programs).

python -m duecourse.web.wording          collect what the pages say, keep what is translated, compile
"""

import re
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

HERE = Path(__file__).parent
PLACE = HERE.parent / "locale" / "zh_Hans" / "LC_MESSAGES" / "django.po"
KEYWORDS = {**DEFAULT_KEYWORDS, "gettext_lazy": None, "_": None}


def main() -> None:
    """Bring the catalogue up to date and compile it; say what is still to be translated."""
    catalog = collected(read(PLACE) if PLACE.exists() else None)
    PLACE.parent.mkdir(parents=True, exist_ok=True)
    with PLACE.open("wb") as out:
        write_po(out, catalog, width=120, sort_output=True, omit_header=False, ignore_obsolete=True, no_location=True)
    PLACE.with_suffix(".mo").write_bytes(compiled(read(PLACE)))
    for message in untranslated(catalog):
        print(f"not translated: {message}")


def said() -> Iterator[str]:
    """Every text that a page says and that can be translated."""
    for place in sorted(HERE.rglob("*.py")):
        yield from (str(found[1]) for found in extract("python", BytesIO(place.read_bytes()), KEYWORDS))
    for place in sorted(HERE.rglob("*.html")):
        code = re.sub(r"^[ \t]+", "", templatize(place.read_text(), origin=str(place)), flags=re.MULTILINE)
        yield from (str(found[1]) for found in extract("javascript", BytesIO(code.encode()), KEYWORDS))


def collected(old: Catalog | None) -> Catalog:
    """A catalogue of what is said now, with the translations of an old one."""
    catalog = Catalog(
        locale="zh_Hans",
        domain="django",
        project="Duecourse",
        version="0.1",
        msgid_bugs_address="-",
        copyright_holder="Duecourse",
        header_comment="# What the pages say, in 中文.",
        fuzzy=False,
        last_translator="Duecourse",
        language_team="中文",
        creation_date=old.creation_date if old else None,
        revision_date=old.creation_date if old else None,
    )
    for text in said():
        known = old.get(text) if old else None
        catalog.add(text, known.string if known else "")
    return catalog


def untranslated(catalog: Catalog) -> list[str]:
    """The texts without a translation."""
    return [str(message.id) for message in catalog if message.id and (not message.string or message.fuzzy)]


def read(place: Path) -> Catalog:
    """A catalogue from its file."""
    with place.open("rb") as file:
        return read_po(file, locale="zh_Hans", domain="django")


def compiled(catalog: Catalog) -> bytes:
    """A catalogue as the program reads it."""
    out = BytesIO()
    write_mo(out, catalog)
    return out.getvalue()


if __name__ == "__main__":
    main()

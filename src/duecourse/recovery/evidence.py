"""Evidence packs: one ZIP with a PDF, the same as CSV and JSON, the hash of each file, and proofs of the sealed days.

The same account on the same day gives the same bytes. That a pack was made is a row.
"""

import csv
import hashlib
import io
import json
import zipfile
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Any, NamedTuple

from django.db import transaction

from duecourse.audit import log
from duecourse.audit.tables import Leaf
from duecourse.book.tables import Day
from duecourse.ledger.journal import Refused
from duecourse.servicing import explain, explain_line, explain_loan, explain_words, typeset
from duecourse.servicing.explain_tree import Node, NoSuchExplanation

from . import evidence_rows, evidence_sheet, legal
from .evidence_rows import Rows
from .legal_tables import EvidencePack

LANGUAGES = ("zh", "en")
PDF = "evidence.pdf"


class NotPacked(Refused):
    """A pack that cannot be made as it is asked for; the message names the field."""

    code = "evidence_refused"


class Packed(NamedTuple):
    """A pack: its file, the SHA-256 of it, its row."""

    id: int
    content: bytes
    digest: str


def pack(*, account: str, language: str, by: str, reason: str) -> Packed:
    """Make the evidence pack of an account with all that is known now, in 中文 (zh) or English (en)."""
    if language not in LANGUAGES:
        raise NotPacked(f"language: {language!r} is none of {', '.join(LANGUAGES)}")
    if not reason.strip():
        raise NotPacked("reason: a pack is made for one")
    with transaction.atomic():
        subject = legal.subject(number=account)
        day = explain.open_day(account=account)
        content = zipped(files(subject, day, language), day)
        digest = hashlib.sha256(content)
        row = EvidencePack.objects.create(
            borrower_id=subject.borrower, account_id=subject.account, day=day, language=language,
            digest=digest.digest(), by=by, reason=reason,
        )  # fmt: skip
    return Packed(row.id, content, digest.hexdigest())


def files(subject: legal.Subject, day: date, language: str) -> dict[str, bytes]:
    """The files of a pack by name, the manifest last."""
    tables = evidence_rows.of(subject)
    trees = figures(subject, day)
    contract = evidence_rows.contract(subject)
    proofs = proved(subject)
    made = {
        PDF: typeset.pdf(
            evidence_sheet.facts(subject, day, language, contract=contract, tables=tables, trees=trees, proofs=proofs)
        ),
        "contract.json": plain(contract),
        "figures.json": plain({name: as_told(tree, subject.page.exponent) for name, tree in trees.items()}),
        "contact_rules.json": plain(evidence_rows.rule_sets(subject)),
        "demands.json": plain(evidence_rows.demands(subject)),
        "sealed_days.json": plain(proofs),
        **{f"{table.name}.csv": as_csv(table) for table in tables},
    }
    manifest = {
        "account": subject.page.number,
        "day": str(day),
        "language": language,
        "log": {"size": proofs["size"], "root": proofs["root"]},
        "files": {
            name: {"sha256": hashlib.sha256(told).hexdigest(), "bytes": len(told)}
            for name, told in sorted(made.items())
        },
    }
    return {**dict(sorted(made.items())), "manifest.json": plain(manifest)}


def figures(subject: legal.Subject, day: date) -> dict[str, Node]:
    """Each figure of the account explained as a tree, as known on the day."""
    area = explain_loan if subject.page.is_loan else explain_line
    found = {}
    for name in area.FIGURES:
        try:
            found[name] = explain.explain(account=subject.page.number, figure=name, on=day)
        except NoSuchExplanation:
            continue
    return found


def as_told(node: Node, exponent: int) -> dict[str, Any]:
    """A figure with its words in both languages, its numbers and its parts."""
    return {
        "code": node.code,
        "amount": node.amount,
        "per": node.per,
        "zh": explain_words.sentence(node, exponent, "zh"),
        "en": explain_words.sentence(node, exponent, "en"),
        "numbers": {name: told if isinstance(told, int) else str(told) for name, told in node.numbers.items()},
        "parts": [as_told(one, exponent) for one in node.parts],
        "because": [as_told(one, exponent) for one in node.because],
    }


def proved(subject: legal.Subject) -> dict[str, Any]:
    """The sealed days on which something of the account was booked, and the last one, each with its proof (RFC 6962).

    `root` is that of the log as it stood with the last of them; what was declared later is not needed.
    """
    booked = {line.booked_day for line in subject.page.lines}
    last = Day.objects.order_by("-day").first()
    days = list(Day.objects.filter(day__in=[*booked, *([last.day] if last else [])]).order_by("day"))
    size = max((one.audit_place for one in days), default=-1) + 1
    leaves = [
        bytes(one) for one in Leaf.objects.filter(place__lt=size).order_by("place").values_list("digest", flat=True)
    ]
    paths = log.paths(leaves, [one.audit_place for one in days])
    bodies = dict(Leaf.objects.filter(place__in=[*paths]).values_list("place", "body"))
    return {
        "size": size,
        "root": log.root(leaves).hex(),
        "days": [
            {
                "day": str(one.day),
                "sealed_by": one.sealed_by,
                "place": one.audit_place,
                "declared": bytes(bodies[one.audit_place]).decode(),
                "leaf": leaves[one.audit_place].hex(),
                "path": [step.hex() for step in paths[one.audit_place]],
            }
            for one in days
        ],
    }


def as_csv(table: Rows) -> bytes:
    """A table as CSV; nothing where there is nothing to say."""
    out = io.StringIO(newline="")
    lines = csv.writer(out, lineterminator="\n")
    lines.writerow(table.columns)
    lines.writerows([told(value) for value in row] for row in table.rows)
    return out.getvalue().encode()


def told(value: Any) -> Any:
    """A value as it is written: times in ISO 8601."""
    return value.isoformat() if isinstance(value, datetime | date) else value


def plain(value: Mapping[str, Any]) -> bytes:
    """JSON, to be read by people too."""
    return json.dumps(value, ensure_ascii=False, indent=1, sort_keys=True, default=str).encode()


def zipped(content: Mapping[str, bytes], day: date) -> bytes:
    """A ZIP whose bytes follow from its files: each stamped with the day."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, told_of in content.items():
            entry = zipfile.ZipInfo(name, (max(1980, day.year), day.month, day.day, 0, 0, 0))
            entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
            archive.writestr(entry, told_of, compresslevel=6)
    return out.getvalue()


def faults(content: bytes) -> Iterator[str]:
    """What of a pack does not agree with its manifest and proofs; nothing of one that is whole."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        manifest = json.loads(archive.read("manifest.json"))
        listed = manifest["files"]
        for name in sorted({*archive.namelist()} - {"manifest.json"} | {*listed}):
            if name not in listed or name not in archive.namelist():
                yield f"{name}: not in both the pack and its manifest"
            elif hashlib.sha256(archive.read(name)).hexdigest() != listed[name]["sha256"]:
                yield f"{name}: its content is not what the manifest says"
        days = json.loads(archive.read("sealed_days.json"))
    for one in days["days"]:
        leaf = log.leaf_hash(one["declared"].encode())
        path = [bytes.fromhex(step) for step in one["path"]]
        is_there = log.is_proved(
            leaf=leaf, place=one["place"], size=days["size"], proof=path, of_root=bytes.fromhex(days["root"])
        )
        if leaf.hex() != one["leaf"] or not is_there:
            yield f"sealed day {one['day']}: not proved"

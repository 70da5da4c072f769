"""Evidence packs: the same again, in both languages, with fonts, hashes and proofs, without what nobody needs."""

import csv
import io
import json
import re
import zipfile
import zlib
from datetime import date
from typing import Any

import pytest
from test_legal import NOW, late_loan, offer_help, person, refused, write

WHY: Any = {"by": "alice", "reason": "suit 17"}


@pytest.fixture
def loan(db: str) -> int:
    """A late loan of somebody in Shanghai to whom a demand was posted, who promised, disputes and is ill."""
    from duecourse.care import circumstances, disputes, promises
    from duecourse.recovery import legal_demand

    borrower = person()
    account = late_loan(borrower)
    offer_help()
    legal_demand.post(demand=write().id, at=NOW, reference="EMS 1", by="alice")
    told: Any = {"person": borrower, "at": NOW, "by": "alice"}
    promises.promise(
        **told, account=account, amount_minor=10_000, due_on=date(2024, 4, 8), channel="call", reason="wages", key="p"
    )
    disputes.open_dispute(**told, kind="reported", text="征信记录不对", channel="call", reason="called", key="d")
    circumstances.note(
        **told, kind="health", text="a broken leg", treat=["more_time"], review_on=date(2025, 1, 1), key="c"
    )
    return account


def pack(language: str = "zh") -> Any:
    from duecourse.recovery import evidence

    return evidence.pack(account="B-1", language=language, **WHY)


def files(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def rows(told: dict[str, bytes], name: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(told[f"{name}.csv"].decode())))


def objects(pdf: bytes) -> bytes:
    """What a PDF says of its objects, those that are packed together too."""
    found = [pdf]
    for packed in re.findall(rb"stream\r?\n(.*?)\r?\nendstream", pdf, flags=re.S):
        try:
            found.append(zlib.decompress(packed))
        except zlib.error:
            continue
    return b"\n".join(found)


def test_a_pack_is_the_same_again_and_each_time_a_row(loan: int) -> None:
    from duecourse.recovery.legal_tables import EvidencePack

    first, again = pack(), pack()
    assert first.content == again.content
    kept = list(EvidencePack.objects.order_by("id").values_list("account_id", "language", "by", "reason"))
    assert kept == [(loan, "zh", "alice", "suit 17")] * 2
    assert bytes(EvidencePack.objects.get(id=1).digest).hex() == first.digest
    refused("evidence_refused", lambda: pack("fr"))


def test_a_pack_agrees_with_its_manifest_and_proofs_and_a_changed_one_does_not(loan: int) -> None:
    from duecourse.recovery import evidence

    content = pack().content
    assert list(evidence.faults(content)) == []
    told = files(content)
    told["ledger.csv"] = told["ledger.csv"].replace(b"payment", b"paymemt")
    days = json.loads(told["sealed_days.json"])
    days["days"][0]["declared"] += " "
    told["sealed_days.json"] = json.dumps(days).encode()
    found = list(evidence.faults(evidence.zipped(told, date(2024, 4, 2))))
    assert [one.partition(":")[0] for one in found] == [
        "ledger.csv", "sealed_days.json", f"sealed day {days['days'][0]['day']}",
    ]  # fmt: skip


def test_the_ledger_of_a_pack_adds_up_and_every_figure_is_a_tree(loan: int) -> None:
    from duecourse.servicing import read

    told = files(pack().content)
    page = read.account(number="B-1")
    ledger = rows(told, "ledger")
    assert int(ledger[-1]["owed_minor"]) == page.figures["owed"]
    assert sum(int(one["principal_minor"]) for one in ledger) == page.figures["principal"]
    figures = json.loads(told["figures.json"])
    assert {name: figures[name]["amount"] for name in ("owed", "interest")} == {
        name: page.figures[name] for name in ("owed", "interest")
    }
    assert all(one["zh"] and one["en"] for one in figures.values())
    contract = json.loads(told["contract.json"])
    assert contract["terms"]["rate_ppm"] == 120_000


def test_contacts_come_with_their_decision_and_the_rules_that_judged_them(loan: int) -> None:
    told = files(pack().content)
    (contact,) = rows(told, "contacts")
    assert (contact["channel"], contact["purpose"], contact["state"]) == ("letter", "legal_notice", "sent")
    rules = json.loads(told["contact_rules.json"])
    digest = rules["decisions"][contact["decision"]]
    assert any(one["rule"].startswith("CN-") for one in rules["rule_sets"][digest]["rules"])


def test_a_pack_holds_what_was_said_of_the_debt_and_not_why_somebody_is_treated_with_care(loan: int) -> None:
    told = files(pack().content)
    assert rows(told, "disputes")[0]["text"] == "征信记录不对"
    assert [one["state"] for one in rows(told, "promises")] == ["open"]
    assert {one["what"] for one in rows(told, "legal")} == {"help_offer", "demand", "demand_posted"}
    whole = b"".join(told.values())
    assert b"broken leg" not in whole
    assert "世纪大道".encode() not in whole


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_fonts_of_the_pdf_are_in_it(loan: int, language: str) -> None:
    pdf = files(pack(language).content)["evidence.pdf"]
    said = objects(pdf)
    fonts = re.findall(rb"/Type\s*/FontDescriptor", said)
    assert fonts
    assert len(re.findall(rb"/FontFile[23]?\s", said)) == len(fonts)


@pytest.mark.parametrize("months", [0, 3])
def test_a_line_has_its_statements_and_figures_in_a_pack(db: str, months: int) -> None:
    from duecourse.book import close
    from duecourse.recovery import evidence
    from duecourse.servicing import accounts, purchases

    opened = date(2024, 1, 2)
    account = accounts.open_line(
        number="B-1",
        borrower_id=person("UK", "Europe/London", "en"),
        product="line_demo",
        limit_minor=900_000,
        on=opened,
    )
    purchases.post(account=account, amount_minor=500_000, on=opened, key="buy")
    if months:
        close.through(date(2024, 1 + months, 1))
    content = pack("en").content
    told = files(content)
    assert list(evidence.faults(content)) == []
    assert len(rows(told, "statements")) >= months - 1
    assert json.loads(told["figures.json"])["owed"]["amount"] == int(rows(told, "ledger")[-1]["owed_minor"])


def test_many_paths_are_those_that_one_by_one_come_out() -> None:
    from duecourse.audit import log

    leaves = [log.leaf_hash(bytes([one])) for one in range(21)]
    assert log.paths(leaves, range(21)) == {one: log.path(leaves, one) for one in range(21)}

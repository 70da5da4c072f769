"""Reading statements as banks exchange them: camt.053 (ISO 20022) and MT940 (SWIFT)."""

import logging
import xml.etree.ElementTree as ET
from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path

import mt940 as swift

from .files import BadRow
from .statement_rows import (
    NO_REFERENCE,
    REFERENCE_MAX,
    Incoming,
    Row,
    Statement,
    StatementUnreadable,
    Wrong,
    scaled,
)

logging.getLogger("mt940").addHandler(logging.NullHandler())


def mt940(path: Path, text: str, exponents: Mapping[str, int]) -> Incoming:
    """An MT940 file; a line that has not its shape refuses the file, since the lines after it could not be trusted."""
    try:
        found = swift.parse_statements(text, processors={"post_transaction_details": []})
    except Exception as fault:  # the library raises whatever it meets
        raise StatementUnreadable(f"{path}: no MT940 ({str(fault.args[0] if fault.args else fault)[:200]})") from fault
    statements, bad, row = list[Statement](), list[BadRow](), 0
    for one in found:
        told = one.data
        opening = told.get("final_opening_balance") or told.get("intermediate_opening_balance")
        closing = told.get("final_closing_balance") or told.get("intermediate_closing_balance")
        if opening is None or closing is None:
            raise StatementUnreadable(
                f"{path}: statement {told.get('statement_number')}: no opening or closing balance"
            )
        currency = opening.amount.currency
        rows = []
        for line in one:
            row += 1
            said = line.data
            names = [said.get("customer_reference"), said.get("bank_reference")]
            references = tuple(str(name).strip() for name in names if name and str(name).strip() not in NO_REFERENCE)
            text = " ".join(str(said.get(name) or "") for name in ("transaction_details", "extra_details"))
            try:
                amount = scaled(said["amount"].amount, currency, exponents)
                day = said.get("entry_date") or said["date"]
                rows.append(Row(row, date(day.year, day.month, day.day), amount, references, " ".join(text.split())))
            except Wrong as fault:
                bad.append(fault.bad(row, references[0] if references else None))
        try:
            ends = [scaled(balance.amount.amount, currency, exponents) for balance in (opening, closing)]
        except Wrong as fault:
            raise StatementUnreadable(f"{path}: {fault.reason}") from fault
        days = [date(balance.date.year, balance.date.month, balance.date.day) for balance in (opening, closing)]
        first = min([*(line.day for line in rows), days[1]])
        number = str(told.get("statement_number") or "")
        account = str(told.get("account_identification") or "")
        statements.append(Statement(account, currency, number, first, max(days[1], first), ends[0], ends[1], rows))
    if not statements:
        raise StatementUnreadable(f"{path}: no statement stands in it")
    return Incoming(statements, bad)


def camt(path: Path, exponents: Mapping[str, int]) -> Incoming:
    """A camt.053 file. One with a document type is refused: entities have no place in a statement."""
    content = path.read_bytes()
    if b"<!DOCTYPE" in content or b"<!ENTITY" in content:
        raise StatementUnreadable(f"{path}: a document type stands in it, which a statement has not")
    try:
        root = ET.fromstring(content)
    except ET.ParseError as fault:
        raise StatementUnreadable(f"{path}: no whole XML ({fault})") from fault
    for node in root.iter():
        node.tag = node.tag.rpartition("}")[2]
    found = root.findall("./BkToCstmrStmt/Stmt")
    if not found:
        raise StatementUnreadable(f"{path}: no BkToCstmrStmt/Stmt stands in it; camt.053 is read")
    statements, bad, pending, row = list[Statement](), list[BadRow](), 0, 0
    for one in found:
        told = camt_head(path, one, exponents)
        rows, unread = list[Row](), False
        for entry in one.findall("./Ntry"):
            state = entry.findtext("./Sts/Cd") or entry.findtext("./Sts") or ""
            if state.strip() not in ("BOOK", ""):
                pending += 1
                continue
            try:
                parts = list(camt_rows(entry, told.currency, exponents))
            except Wrong as fault:
                row += 1
                bad.append(fault.bad(row, next(iter(references_of(entry)), None)))
                unread = True
                continue
            for part in parts:
                row += 1
                rows.append(part._replace(row=row))
        days = [part.day for part in rows]
        statements.append(
            told._replace(
                rows=rows,
                unread=unread,
                first_day=min([*days, told.first_day] if told.first_day else days, default=told.last_day),
                last_day=max([*days, told.last_day] if told.last_day else days, default=told.first_day),
            )
        )
    return Incoming(statements, bad, pending)


def camt_head(path: Path, one: ET.Element, exponents: Mapping[str, int]) -> Statement:
    """A statement's account, currency, days and balances."""
    account = one.findtext("./Acct/Id/IBAN") or one.findtext("./Acct/Id/Othr/Id") or ""
    number = one.findtext("./ElctrncSeqNb") or one.findtext("./Id") or ""
    ends: dict[str, tuple[int, date | None]] = {}
    currency = one.findtext("./Acct/Ccy") or ""
    for balance in one.findall("./Bal"):
        code = balance.findtext("./Tp/CdOrPrtry/Cd") or ""
        amount = balance.find("./Amt")
        if code in ("OPBD", "PRCD", "CLBD") and amount is not None:
            currency = currency or amount.get("Ccy", "")
            try:
                sign = -1 if balance.findtext("./CdtDbtInd") == "DBIT" else 1
                minor = sign * scaled(Decimal((amount.text or "").strip()), currency, exponents)
            except Wrong as fault:
                raise StatementUnreadable(f"{path}: statement {number}: {fault.reason}") from fault
            except ArithmeticError as fault:
                raise StatementUnreadable(f"{path}: statement {number}: a balance is no amount") from fault
            ends[code] = minor, iso_day(balance.find("./Dt"))
    opening = ends.get("OPBD") or ends.get("PRCD")
    closing = ends.get("CLBD")
    if opening is None or closing is None:
        raise StatementUnreadable(f"{path}: statement {number}: no opening (OPBD) or closing (CLBD) balance")
    first = iso_day(one.find("./FrToDt/FrDtTm")) or (ends["OPBD"][1] if "OPBD" in ends else None)
    return Statement(account, currency, number, first, closing[1], opening[0], closing[0], [])


def iso_day(node: ET.Element | None) -> date | None:
    """The day of an element that holds a date, a time, or one of both as Dt or DtTm."""
    if node is None:
        return None
    told = (node.findtext("./Dt") or node.findtext("./DtTm") or node.text or "").strip()
    try:
        return date.fromisoformat(told[:10])
    except ValueError:
        return None


def references_of(node: ET.Element) -> list[str]:
    """Every reference in an entry or one of its transactions, the payer's first."""
    names = ("EndToEndId", "TxId", "InstrId", "PmtInfId", "MsgId", "NtryRef", "AcctSvcrRef", "Ref")
    found = [(names.index(one.tag), (one.text or "").strip()) for one in node.iter() if one.tag in names]
    told = [text for _, text in sorted(found, key=lambda pair: pair[0]) if text.upper() not in NO_REFERENCE]
    return list(dict.fromkeys(text[:REFERENCE_MAX] for text in told))


def camt_rows(entry: ET.Element, currency: str, exponents: Mapping[str, int]) -> Iterator[Row]:
    """An entry as lines: one for each of its transactions where these have amounts that add up to it, else one."""
    whole = camt_amount(entry, entry.find("./Amt"), currency, exponents)
    day = iso_day(entry.find("./BookgDt")) or iso_day(entry.find("./ValDt"))
    if day is None:
        raise Wrong("BookgDt", "not_a_day", "no booking day")
    parts = entry.findall("./NtryDtls/TxDtls")
    amounts = []
    for part in parts:
        told = part.find("./Amt")
        told = told if told is not None else part.find("./AmtDtls/TxAmt/Amt")
        amounts.append(0 if told is None else camt_amount(entry, told, currency, exponents))
    own = [one.text for one in (entry.find("./NtryRef"), entry.find("./AcctSvcrRef")) if one is not None and one.text]
    if len(parts) < 2 or sum(amounts) != whole or not all(amounts):
        yield Row(0, day, whole, tuple(references_of(entry)), camt_text(entry))
        return
    for part, amount in zip(parts, amounts, strict=True):
        references = [one for one in references_of(part) if one not in own]
        yield Row(0, day, amount, tuple(references), camt_text(part))


def camt_amount(entry: ET.Element, told: ET.Element | None, currency: str, exponents: Mapping[str, int]) -> int:
    """An amount of an entry in minor units, below zero where it leaves the account."""
    way = entry.findtext("./CdtDbtInd")
    if told is None or way not in ("CRDT", "DBIT"):
        raise Wrong("Amt", "missing", "no amount, or neither CRDT nor DBIT")
    if told.get("Ccy") != currency:
        raise Wrong("Amt", "wrong_currency", f"{told.get('Ccy')!r}: the statement is in {currency}")
    try:
        amount = Decimal((told.text or "").strip())
    except ArithmeticError as fault:
        raise Wrong("Amt", "not_a_number", f"{(told.text or '')[:40]!r}: no amount") from fault
    return scaled(amount, currency, exponents) * (1 if way == "CRDT" else -1)


def camt_text(node: ET.Element) -> str:
    """What an entry or a transaction says in words: names and remittance."""
    told = [one.text.strip() for one in node.iter() if one.tag in ("Nm", "Ustrd", "AddtlNtryInf") and one.text]
    return " ".join(" ".join(told).split())

"""Documents: statements, receipts and certificates as PDF; what a borrower sends in with a hardship; what partners were
told and what their shares came to."""

import base64
import binascii
from datetime import date
from typing import Annotated, Any

from django.http import HttpRequest, HttpResponse
from ninja import Schema
from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema

from duecourse.care import hardship as hardships
from duecourse.partners import seen, told_of
from duecourse.servicing import documents, funder_statement

from . import cursors, shapes
from .act_shapes import Asked
from .care import Made
from .cursors import Cursor, Limit
from .fields import Day, IdInPath, Number, Word, sayable
from .keys import holder_of
from .operations import Door
from .reading import own

door = Door(tags=["documents"])
READ = "documents:read"
CONTENT_MAX = 1_800_000
"""How many bytes a document may have that comes by the API; in the portal it may be larger."""
ENCODED_MAX = (CONTENT_MAX + 2) // 3 * 4


def decoded(told: Any) -> bytes:
    """The bytes in a text of base64."""
    if not isinstance(told, str) or len(told) > ENCODED_MAX:
        raise ValueError(f"a document is base64 of at most {CONTENT_MAX:,} bytes")
    try:
        return base64.b64decode(told, validate=True)
    except (binascii.Error, ValueError):
        raise ValueError("no base64") from None


Content = Annotated[
    bytes,
    BeforeValidator(decoded),
    WithJsonSchema({"type": "string", "contentEncoding": "base64", "maxLength": ENCODED_MAX, "examples": ["JVBERi0="]}),
]
FileName = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(sayable)]


class DocumentIn(Asked):
    """A document as it is sent in: a PDF, a JPEG or a PNG, by what is in it."""

    name: FileName
    content: Content


HardshipDocument = shapes.of(hardships.Document, name="HardshipDocument")
ShareLine = shapes.of(funder_statement.Line, minor=funder_statement.AMOUNTS, name="ShareLine")
ShareSums = shapes.of(
    funder_statement.Sums, minor=("passed", "earned", "price", "result", "settled", "owed"), name="ShareSums"
)
ToldPartner = shapes.of(told_of.Told, name="ToldPartner")


class ShareStatement(Schema):
    """A page of a party's statement: how its shares moved by what was booked on these days, what passed to it for them,
    what was settled; `sums`: of the whole statement. `next_cursor`: "" on the last page."""

    party: str
    since: date
    through: date
    sums: list[ShareSums]  # type: ignore[valid-type]
    lines: list[ShareLine]  # type: ignore[valid-type]
    next_cursor: str


def as_file(content: bytes, media: str) -> HttpResponse:
    """A document as an answer, which no browser shows as a page."""
    headers = {"X-Content-Type-Options": "nosniff", "Content-Disposition": "attachment"}
    return HttpResponse(content, content_type=media, headers=headers)


@door.reads("/accounts/{number}/statements/{cycle_on}/pdf", READ, None, media="application/pdf")
def get_statement_pdf(request: HttpRequest, number: Number, cycle_on: Day) -> HttpResponse:
    """A statement as it was sent, as PDF."""
    own(request, number)
    return as_file(documents.statement(account=number, cycle_on=cycle_on), "application/pdf")


@door.reads("/accounts/{number}/payments/{entry}/receipt", READ, None, media="application/pdf")
def get_receipt_pdf(request: HttpRequest, number: Number, entry: IdInPath) -> HttpResponse:
    """The receipt of a payment, as PDF."""
    own(request, number)
    return as_file(documents.receipt(account=number, entry=entry), "application/pdf")


@door.reads("/accounts/{number}/certificates/{document}/pdf", READ, None, media="application/pdf")
def get_certificate_pdf(request: HttpRequest, number: Number, document: Word) -> HttpResponse:
    """A settlement certificate that was issued and is not void, as PDF."""
    own(request, number)
    if documents.account_of(number=document) != number:
        raise documents.NoSuchDocument(f"there is no document {document}")
    return as_file(documents.again(number=document), "application/pdf")


@door.writes("/hardships/{hardship}/documents", "care:write", Made)
def attach_document(request: HttpRequest, hardship: IdInPath, told: DocumentIn) -> dict[str, Any]:
    """Keep a document with a hardship, encrypted."""
    made = hardships.attach(hardship=hardship, name=told.name, content=told.content, by=holder_of(request).name)
    return {"id": made}


@door.reads("/hardships/{hardship}/documents", "care:read", shapes.many(HardshipDocument))
def list_documents(request: HttpRequest, hardship: IdInPath) -> Any:
    """The documents of a hardship, the oldest first, without what is in them."""
    return hardships.documents(hardship=hardship)


@door.reads("/hardships/{hardship}/documents/{document}", "care:read", None, media="application/octet-stream")
def get_document(request: HttpRequest, hardship: IdInPath, document: IdInPath) -> HttpResponse:
    """A document of a hardship as it came in."""
    return as_file(hardships.content_of(hardship=hardship, document=document), "application/octet-stream")


@door.reads("/accounts/{number}/disclosures", "book:read", shapes.many(ToldPartner))
def list_disclosures(request: HttpRequest, number: Number) -> Any:
    """What partners were told of an account by webhooks and took, oldest first; a party's key is shown its own."""
    return told_of.account(holder=holder_of(request), account=own(request, number).id)


@door.reads("/parties/{party}/statement", "book:read", ShareStatement)
def get_share_statement(
    request: HttpRequest, party: Word, since: Day, through: Day, cursor: Cursor = "", limit: Limit = 100
) -> dict[str, Any]:  # fmt: skip
    """How a party's shares moved by what was booked on the days from `since` through `through`, page by page."""
    told = funder_statement.of(party=seen.party(holder=holder_of(request), code=party), since=since, through=through)
    after = cursors.after(cursor, "shares")
    more = cursors.cursor_of("shares", after + limit) if len(told.lines) > after + limit else ""
    return told._asdict() | {"lines": told.lines[after : after + limit], "next_cursor": more}

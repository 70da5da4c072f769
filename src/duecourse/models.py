"""Django looks here for tables; each area keeps its own."""

from duecourse.audit.tables import Leaf
from duecourse.book.tables import Bearing, Day, Run, SetAside
from duecourse.borrowers.contact_tables import ContactDecision
from duecourse.borrowers.found_tables import Name
from duecourse.borrowers.reading_tables import Reading
from duecourse.borrowers.tables import Borrower
from duecourse.care.complaint_tables import Complaint
from duecourse.care.dispute_tables import Dispute
from duecourse.care.freeze_tables import Freeze
from duecourse.care.hardship_tables import Hardship
from duecourse.care.incident_tables import Incident
from duecourse.care.note_tables import Note
from duecourse.care.person_tables import Circumstance
from duecourse.care.promise_tables import Promise
from duecourse.intake.tables import File, Quarantined
from duecourse.ledger.tables import Agenda, Balance, Bookmark, Entry, Product, Request, Shard, Shift
from duecourse.outreach.reply_tables import Reply
from duecourse.outreach.sign_in_tables import SignInCode
from duecourse.outreach.tables import Message
from duecourse.partners.checkout_tables import Checkout
from duecourse.partners.tables import ApiKey
from duecourse.partners.webhook_tables import WebhookEvent
from duecourse.personal.tables import Erasure
from duecourse.recovery.agency_tables import Agency
from duecourse.recovery.case_tables import Case
from duecourse.recovery.charge_off_tables import Proposal
from duecourse.recovery.legal_tables import Proceeding
from duecourse.risk.debt_tables import DebtReport
from duecourse.risk.tables import Alarm, AlarmSeen, ModelState, Monitoring, RiskModel, Warning
from duecourse.servicing.cash_tables import Suspense
from duecourse.servicing.debit_tables import Mandate
from duecourse.servicing.party_tables import Party
from duecourse.servicing.tables import Account, Breach, Change, Opening, Statement, Terms
from duecourse.web.staff_tables import StaffTry

__all__ = [
    "Account",
    "Agency",
    "Agenda",
    "Alarm",
    "AlarmSeen",
    "ApiKey",
    "Balance",
    "Bearing",
    "Bookmark",
    "Borrower",
    "Breach",
    "Case",
    "Change",
    "Checkout",
    "Circumstance",
    "Complaint",
    "ContactDecision",
    "Day",
    "DebtReport",
    "Dispute",
    "Entry",
    "Erasure",
    "File",
    "Freeze",
    "Hardship",
    "Incident",
    "Leaf",
    "Mandate",
    "Message",
    "ModelState",
    "Monitoring",
    "Name",
    "Note",
    "Opening",
    "Party",
    "Proceeding",
    "Product",
    "Promise",
    "Proposal",
    "Quarantined",
    "Reading",
    "Reply",
    "Request",
    "RiskModel",
    "Run",
    "SetAside",
    "Shard",
    "Shift",
    "SignInCode",
    "StaffTry",
    "Statement",
    "Suspense",
    "Terms",
    "Warning",
    "WebhookEvent",
]

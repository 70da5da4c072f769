"""Who may come to which route: one table for the pages, the portal and the API, kept by the middleware `Rights`.

A route that is not in the table answers nobody. `look` is asked for GET and HEAD, `act` beside it for every other
method; a page whose `act` is empty changes nothing and takes no other method. Operations of the API stand here by
their place alone: each names its scope where it is made (`web.api.operations`).
"""

from typing import NamedTuple

from django.urls import ResolverMatch

VIEW_BOOK = "duecourse.view_book"
"""The day's figures, the rules, closes: nothing about one person."""
VIEW_ACCOUNT = "duecourse.view_account"
"""One account with its figures, statements, care and contacts; whom it belongs to only as a number."""
VIEW_PERSON = "duecourse.view_person"
"""Who somebody is and how to reach them: names, numbers, addresses, what they told."""
VIEW_RECOVERY = "duecourse.view_recovery"
"""Charge-offs and what comes back, agencies, cases as a whole."""
VIEW_MODELS = "duecourse.view_models"
VIEW_WEBHOOKS = "duecourse.view_webhooks"
VIEW_AUDIT = "duecourse.view_audit"
"""The audit log, who is staff, who read what."""
VIEW_JOBS = "duecourse.view_jobs"
"""Closes, background work, files that came in and what is in quarantine."""
ISSUE_DOCUMENT = "duecourse.issue_document"
REPLAY_WEBHOOK = "duecourse.replay_webhook"
ACT_SERVICING = "duecourse.act_servicing"
"""Payments, charges, changes of an account."""
ACT_CARE = "duecourse.act_care"
"""Plans, promises, disputes, complaints, circumstances, representatives."""
ACT_CONTACT = "duecourse.act_contact"
"""Contact somebody; keep wishes, consents and what came in."""
ACT_RECOVERY = "duecourse.act_recovery"
"""Cases, placements, legal steps."""
ACT_STRATEGY = "duecourse.act_strategy"
"""Strategies written, tried on the past and brought in for others to approve."""
ACT_JOBS = "duecourse.act_jobs"
"""Quarantined rows and accounts set aside brought back, a close begun."""
APPROVE_CREDIT = "duecourse.approve_credit"
"""Strategies and models switched on."""
APPROVE_MONEY = "duecourse.approve_money"
"""Charge-offs, incidents and write-offs that another proposed."""
DECIDE_ERASURE = "duecourse.decide_erasure"
"""Whether what is kept of a person is erased, where a rule leaves that to somebody."""
MANAGE_STAFF = "duecourse.manage_staff"

LOOKS = (
    VIEW_BOOK, VIEW_ACCOUNT, VIEW_PERSON, VIEW_RECOVERY, VIEW_MODELS, VIEW_WEBHOOKS, VIEW_AUDIT, VIEW_JOBS,
)  # fmt: skip
ACTS = (
    ISSUE_DOCUMENT, REPLAY_WEBHOOK, ACT_SERVICING, ACT_CARE, ACT_CONTACT, ACT_RECOVERY, ACT_STRATEGY, ACT_JOBS,
    APPROVE_CREDIT, APPROVE_MONEY, DECIDE_ERASURE, MANAGE_STAFF,
)  # fmt: skip

GENERAL, GUESTS = "staff", "guests"
ROLES: dict[str, tuple[str, ...]] = {
    "care": (VIEW_BOOK, VIEW_ACCOUNT, VIEW_PERSON, ISSUE_DOCUMENT, ACT_SERVICING, ACT_CARE, ACT_CONTACT),
    "recovery": (VIEW_BOOK, VIEW_ACCOUNT, VIEW_PERSON, VIEW_RECOVERY, ACT_CONTACT, ACT_RECOVERY),
    "risk": (VIEW_BOOK, VIEW_ACCOUNT, VIEW_RECOVERY, VIEW_MODELS, ACT_STRATEGY, APPROVE_CREDIT),
    "finance": (
        VIEW_BOOK, VIEW_ACCOUNT, VIEW_RECOVERY, VIEW_JOBS, ISSUE_DOCUMENT, ACT_SERVICING, ACT_JOBS, APPROVE_MONEY,
    ),
    "compliance": (*LOOKS, APPROVE_CREDIT, APPROVE_MONEY, DECIDE_ERASURE),
    "operator": (VIEW_BOOK, VIEW_WEBHOOKS, VIEW_AUDIT, VIEW_JOBS, REPLAY_WEBHOOK, ACT_JOBS, MANAGE_STAFF),
    GENERAL: (*LOOKS, *ACTS),
    GUESTS: tuple(look for look in LOOKS if look != VIEW_PERSON),
}  # fmt: skip
"""What each role of the lender's people may do; a role is a Django group of this name. `staff` may do everything, for a
house where one person does; `guests` are the visitors of a demo. Borrowers have a session of the portal and partners a
key of the API: neither is a role of somebody who signs in to the console."""

ANYBODY, BORROWER, STAFF, KEY = "anybody", "borrower", "staff", "key"


class Way(NamedTuple):
    """Whom a route is for, and which rights it asks of staff."""

    of: str
    look: str = ""
    act: str = ""


class RouteWithoutRights(Exception):
    """A route that nobody may come to, since it is not said who may."""

    code = "route_without_rights"


OPEN, OWN = Way(ANYBODY), Way(BORROWER)
BOOK, ACCOUNT, RECOVERY = Way(STAFF, VIEW_BOOK), Way(STAFF, VIEW_ACCOUNT), Way(STAFF, VIEW_RECOVERY)
MODELS, PERSON, JOBS = Way(STAFF, VIEW_MODELS), Way(STAFF, VIEW_PERSON), Way(STAFF, VIEW_JOBS)
AUDIT = Way(STAFF, VIEW_AUDIT)
OF_API, API = "api/v1/", Way(KEY)
ROUTES: dict[str, Way] = {
    "day": BOOK,
    "chart": BOOK,
    "trends": BOOK,
    "trends_chart": BOOK,
    "today": BOOK,
    "queue_recovery": RECOVERY,
    "work": Way(STAFF, VIEW_PERSON, act=ACT_RECOVERY),
    "queue_clocks": PERSON,
    "queue_promises": PERSON,
    "queue_hardship": PERSON,
    "queue_erasures": PERSON,
    "erasures": PERSON,
    "erasure": Way(STAFF, VIEW_PERSON, act=DECIDE_ERASURE),
    "queue_approvals": RECOVERY,
    "approvals_decided": RECOVERY,
    "queue_quarantine": JOBS,
    "quarantine_file": JOBS,
    "queue_aside": JOBS,
    "incidents": Way(STAFF, VIEW_RECOVERY, act=ACT_SERVICING),
    "incident_work": Way(STAFF, VIEW_RECOVERY, act=ACT_SERVICING),
    "incident": RECOVERY,
    "incident_decide": Way(STAFF, VIEW_RECOVERY, act=APPROVE_MONEY),
    "incident_turn_down": Way(STAFF, VIEW_RECOVERY, act=APPROVE_MONEY),
    "proposal": RECOVERY,
    "proposal_carry_out": Way(STAFF, VIEW_RECOVERY, act=APPROVE_MONEY),
    "proposal_turn_down": Way(STAFF, VIEW_RECOVERY, act=APPROVE_MONEY),
    "strategies": RECOVERY,
    "strategy_add": Way(STAFF, VIEW_RECOVERY, act=ACT_STRATEGY),
    "strategy_measure": RECOVERY,
    "strategy": RECOVERY,
    "strategy_edit": Way(STAFF, VIEW_RECOVERY, act=ACT_STRATEGY),
    "strategy_try": Way(STAFF, VIEW_RECOVERY, act=ACT_STRATEGY),
    "strategy_live": Way(STAFF, VIEW_RECOVERY, act=APPROVE_CREDIT),
    "strategy_end": Way(STAFF, VIEW_RECOVERY, act=APPROVE_CREDIT),
    "strategy_approve": Way(STAFF, VIEW_RECOVERY, act=APPROVE_CREDIT),
    "strategy_turn_down": Way(STAFF, VIEW_RECOVERY, act=APPROVE_CREDIT),
    "terms": RECOVERY,
    "terms_approve": Way(STAFF, VIEW_RECOVERY, act=APPROVE_MONEY),
    "terms_turn_down": Way(STAFF, VIEW_RECOVERY, act=APPROVE_MONEY),
    "model_turn_down": Way(STAFF, VIEW_MODELS, act=APPROVE_CREDIT),
    "model_live": Way(STAFF, VIEW_MODELS, act=APPROVE_CREDIT),
    "find": Way(STAFF, VIEW_ACCOUNT, act=VIEW_ACCOUNT),
    "person": PERSON,
    "promise": Way(STAFF, VIEW_PERSON, act=ACT_CARE),
    "hardship_take": Way(STAFF, VIEW_PERSON, act=ACT_CARE),
    "hardship": Way(STAFF, VIEW_PERSON, act=ACT_CARE),
    "person_care": Way(STAFF, VIEW_PERSON, act=ACT_CARE),
    "complaint": Way(STAFF, VIEW_PERSON, act=ACT_CARE),
    "dispute": Way(STAFF, VIEW_PERSON, act=ACT_CARE),
    "act": Way(STAFF, VIEW_ACCOUNT, act=ACT_SERVICING),
    "person_note": Way(STAFF, VIEW_PERSON, act=ACT_CONTACT),
    "person_name": Way(STAFF, VIEW_PERSON, act=ACT_CONTACT),
    "factors": BOOK,
    "factor_app": Way(STAFF, VIEW_BOOK, act=VIEW_BOOK),
    "factor_passkey": Way(STAFF, VIEW_BOOK, act=VIEW_BOOK),
    "factor_codes": Way(STAFF, VIEW_BOOK, act=VIEW_BOOK),
    "factor_off": Way(STAFF, VIEW_BOOK, act=VIEW_BOOK),
    "search": ACCOUNT,
    "account": ACCOUNT,
    "why": ACCOUNT,
    "statement": ACCOUNT,
    "statement_pdf": ACCOUNT,
    "receipt_pdf": ACCOUNT,
    "certificates": Way(STAFF, VIEW_ACCOUNT, act=ISSUE_DOCUMENT),
    "certificate_pdf": ACCOUNT,
    "legal": Way(STAFF, VIEW_PERSON, act=ACT_RECOVERY),
    "legal_pack": Way(STAFF, VIEW_PERSON, act=ACT_RECOVERY),
    "demand_pdf": PERSON,
    "proceeding": Way(STAFF, VIEW_PERSON, act=ACT_RECOVERY),
    "proceeding_paper": PERSON,
    "agencies": Way(STAFF, VIEW_RECOVERY, act=ACT_RECOVERY),
    "agency": Way(STAFF, VIEW_RECOVERY, act=ACT_RECOVERY),
    "agency_hand_over": Way(STAFF, VIEW_PERSON, act=ACT_RECOVERY),
    "agency_take": Way(STAFF, VIEW_PERSON, act=ACT_RECOVERY),
    "agency_lines": RECOVERY,
    "placing": Way(STAFF, VIEW_PERSON, act=ACT_RECOVERY),
    "cohorts": RECOVERY,
    "cohorts_chart": RECOVERY,
    "rules": BOOK,
    "rule_changes": BOOK,
    "models": MODELS,
    "model": MODELS,
    "model_card": MODELS,
    "model_chart": MODELS,
    "closes": JOBS,
    "jobs": JOBS,
    "staff": Way(STAFF, VIEW_AUDIT, act=MANAGE_STAFF),
    "audit": AUDIT,
    "audit_proof": AUDIT,
    "webhooks": Way(STAFF, VIEW_WEBHOOKS),
    "webhook_replay": Way(STAFF, VIEW_WEBHOOKS, act=REPLAY_WEBHOOK),
    "kept": BOOK,
    "stop": OPEN,
    "receipt": OPEN,
    "calendar": OPEN,
    "login": OPEN,
    "login_second": OPEN,
    "logout": OPEN,
    "language": OPEN,
    "healthz": OPEN,
    "readyz": OPEN,
    "api_page": OPEN,
    "openapi": OPEN,
    "my_sign_in": OPEN,
    "my_code": OPEN,
    "my_sign_out": OPEN,
    "my_look": Way(STAFF, VIEW_ACCOUNT, act=VIEW_ACCOUNT),
    "my_home": OWN,
    "my_account": OWN,
    "my_kept": OWN,
    "my_why": OWN,
    "my_statement": OWN,
    "my_statement_pdf": OWN,
    "my_receipt_pdf": OWN,
    "my_certificate_pdf": OWN,
    "my_messages": OWN,
    "my_choices": OWN,
    "my_data": OWN,
    "my_data_zip": OWN,
    "my_help": OWN,
    "my_hardship": OWN,
    "my_options": OWN,
    "my_answer": OWN,
    "my_promise": OWN,
    "my_dispute": OWN,
    "my_complaint": OWN,
    "my_installments": OWN,
    "my_pay": OWN,
    "my_paid": OWN,
    "provider_told": OPEN,
}
"""Every route by its name, but the operations of the API."""
SETTING_UP = ("factors", "factor_app", "factor_passkey", "factor_codes", "factor_off")
"""Pages about one's own second factor: every role may come to them, and whoever lacks one comes to no other."""


def way(name: str | None, route: str) -> Way:
    """Whom a route is for, by its name and its pattern; refuses one that the table does not know."""
    if name in ROUTES:
        return ROUTES[name]
    if route.startswith(OF_API):
        return API
    raise RouteWithoutRights(f"the route {name!r} ({route}) is not in web.rights.ROUTES: say there who may come to it")


def of(match: ResolverMatch) -> Way:
    """Whom the route is for to which an address led."""
    return way(match.url_name, match.route)

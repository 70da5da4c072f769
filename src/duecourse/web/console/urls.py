"""Addresses of the console."""

from django.contrib.auth.views import LogoutView
from django.urls import path
from django.views.i18n import set_language

from duecourse.web.days import known
from duecourse.web.staff_sign_in import StaffSignIn

from . import (
    acts,
    agencies,
    approvals,
    caring,
    cohorts,
    finding,
    from_messages,
    models,
    person,
    queues,
    rules,
    views,
    webhooks,
)

known()

urlpatterns = [
    path("", views.day_page, name="day"),
    path("charts/buckets.svg", views.chart, name="chart"),
    path("find", finding.find, name="find"),
    path("people/<int:person>", person.person_page, name="person"),
    path("people/<int:person>/notes", person.add_note, name="person_note"),
    path("people/<int:person>/name", person.set_name, name="person_name"),
    path("people/<int:person>/promise", caring.promise_page, name="promise"),
    path("complaints/<int:number>", caring.complaint_page, name="complaint"),
    path("disputes/<int:number>", caring.dispute_page, name="dispute"),
    path("accounts/<str:number>/act/<str:kind>", acts.act_page, name="act"),
    path("accounts", views.search, name="search"),
    path("accounts/<str:number>", views.account_page, name="account"),
    path("accounts/<str:number>/why/<str:figure>", views.why_page, name="why"),
    path("accounts/<str:number>/statements/<day:cycle_on>", views.statement_page, name="statement"),
    path("accounts/<str:number>/statements/<day:cycle_on>.pdf", views.statement_pdf, name="statement_pdf"),
    path("accounts/<str:number>/receipts/<int:entry>.pdf", views.receipt_pdf, name="receipt_pdf"),
    path("accounts/<str:number>/certificates", views.issue_certificate, name="certificates"),
    path("accounts/<str:number>/certificates/<str:document>.pdf", views.certificate_pdf, name="certificate_pdf"),
    path("today", queues.today_page, name="today"),
    path("queues/recovery", queues.queue_page("queue_recovery"), name="queue_recovery"),
    path("queues/complaints", queues.queue_page("queue_clocks"), name="queue_clocks"),
    path("queues/promises", queues.queue_page("queue_promises"), name="queue_promises"),
    path("queues/hardship", queues.queue_page("queue_hardship"), name="queue_hardship"),
    path("queues/approvals", queues.queue_page("queue_approvals"), name="queue_approvals"),
    path("queues/quarantine", queues.queue_page("queue_quarantine"), name="queue_quarantine"),
    path("queues/quarantine/<int:file>", queues.quarantine_file, name="quarantine_file"),
    path("queues/set-aside", queues.queue_page("queue_aside"), name="queue_aside"),
    path("incidents/<int:incident>", approvals.incident_page, name="incident"),
    path("incidents/<int:incident>/decide", approvals.decide_incident, name="incident_decide"),
    path("charge-offs/lists/<int:proposal>", approvals.proposal_page, name="proposal"),
    path("charge-offs/lists/<int:proposal>/carry-out", approvals.carry_out_proposal, name="proposal_carry_out"),
    path("strategies/<int:number>", approvals.strategy_page, name="strategy"),
    path("strategies/<int:number>/approve", approvals.approve_strategy, name="strategy_approve"),
    path("agencies/terms/<int:number>", approvals.terms_page, name="terms"),
    path("agencies/terms/<int:number>/approve", approvals.approve_terms, name="terms_approve"),
    path("models/<str:name>/live", approvals.let_live, name="model_live"),
    path("agencies", agencies.agencies_page, name="agencies"),
    path("charge-offs", cohorts.cohorts_page, name="cohorts"),
    path("charts/charge-offs.svg", cohorts.cohorts_chart, name="cohorts_chart"),
    path("rules", rules.rules_page, name="rules"),
    path("rules/changes", rules.changes_page, name="rule_changes"),
    path("models", models.models_page, name="models"),
    path("models/<str:name>", models.model_page, name="model"),
    path("models/<str:name>/cards/<int:card>", models.card, name="model_card"),
    path("models/<str:name>/charts/<str:what>.svg", models.chart, name="model_chart"),
    path("webhooks", webhooks.webhooks_page, name="webhooks"),
    path("webhooks/<int:delivery>/replay", webhooks.replay, name="webhook_replay"),
    path("stop/<str:token>", from_messages.stop_page, name="stop"),
    path("receipt/<str:token>", from_messages.receipt, name="receipt"),
    path("calendar/<str:token>.ics", from_messages.calendar, name="calendar"),
    path("login", StaffSignIn.as_view(), name="login"),
    path("logout", LogoutView.as_view(), name="logout"),
    path("language", set_language, name="language"),
]

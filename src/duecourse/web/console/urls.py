"""Addresses of the console."""

from django.contrib.auth.views import LoginView, LogoutView
from django.urls import path
from django.views.i18n import set_language

from duecourse.web.days import known

from . import agencies, cohorts, finding, from_messages, models, person, rules, views, webhooks

known()

urlpatterns = [
    path("", views.day_page, name="day"),
    path("charts/buckets.svg", views.chart, name="chart"),
    path("find", finding.find, name="find"),
    path("people/<int:person>", person.person_page, name="person"),
    path("people/<int:person>/notes", person.add_note, name="person_note"),
    path("people/<int:person>/name", person.set_name, name="person_name"),
    path("accounts", views.search, name="search"),
    path("accounts/<str:number>", views.account_page, name="account"),
    path("accounts/<str:number>/why/<str:figure>", views.why_page, name="why"),
    path("accounts/<str:number>/statements/<day:cycle_on>", views.statement_page, name="statement"),
    path("accounts/<str:number>/statements/<day:cycle_on>.pdf", views.statement_pdf, name="statement_pdf"),
    path("accounts/<str:number>/receipts/<int:entry>.pdf", views.receipt_pdf, name="receipt_pdf"),
    path("accounts/<str:number>/certificates", views.issue_certificate, name="certificates"),
    path("accounts/<str:number>/certificates/<str:document>.pdf", views.certificate_pdf, name="certificate_pdf"),
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
    path("login", LoginView.as_view(template_name="login.html"), name="login"),
    path("logout", LogoutView.as_view(), name="logout"),
    path("language", set_language, name="language"),
]

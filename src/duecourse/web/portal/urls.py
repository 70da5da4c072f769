"""Addresses of the portal."""

from django.urls import path

from duecourse.web import kept_forms
from duecourse.web.days import known

from . import choices, help, installments, my_data, pages, paying, signing_in

known()

urlpatterns = [
    path("", pages.home, name="my_home"),
    path("kept", kept_forms.page("my_kept.html", "my_home"), name="my_kept"),
    path("in", signing_in.ask_page, name="my_sign_in"),
    path("in/code", signing_in.code_page, name="my_code"),
    path("look/<str:number>", signing_in.look, name="my_look"),
    path("out", signing_in.leave, name="my_sign_out"),
    path("accounts/<str:number>", pages.account_page, name="my_account"),
    path("accounts/<str:number>/why/<str:figure>", pages.why_page, name="my_why"),
    path("accounts/<str:number>/statements/<day:cycle_on>", pages.statement_page, name="my_statement"),
    path("accounts/<str:number>/statements/<day:cycle_on>.pdf", pages.statement_pdf, name="my_statement_pdf"),
    path("accounts/<str:number>/receipts/<int:entry>.pdf", pages.receipt_pdf, name="my_receipt_pdf"),
    path("accounts/<str:number>/certificates/<str:document>.pdf", pages.certificate_pdf, name="my_certificate_pdf"),
    path("accounts/<str:number>/installments", installments.installments_page, name="my_installments"),
    path("accounts/<str:number>/pay", paying.pay_page, name="my_pay"),
    path("accounts/<str:number>/paid/<str:reference>", paying.paid_page, name="my_paid"),
    path("messages", choices.messages_page, name="my_messages"),
    path("choices", choices.choices_page, name="my_choices"),
    path("data", my_data.data_page, name="my_data"),
    path("data/export", my_data.export_zip, name="my_data_zip"),
    path("help", help.help_page, name="my_help"),
    path("help/hardship", help.hardship_page, name="my_hardship"),
    path("help/hardship/<int:number>", help.options_page, name="my_options"),
    path("help/hardship/<int:number>/answer", help.answer, name="my_answer"),
    path("help/promise", help.promise_page, name="my_promise"),
    path("help/dispute", help.dispute_page, name="my_dispute"),
    path("help/complaint", help.complaint_page, name="my_complaint"),
]

"""The command line: parse, one call, render. Each module holds the commands about one thing."""

from . import (  # each adds its commands
    acts,
    book,
    changed,
    database,
    debits,
    documents,
    doors,
    explain,
    files,
    funder,
    holiday,
    loan_books,
    mandates,
    payoff,
    product,
    reconcile,
    suspense,
)
from .commands import main

__all__ = [
    "acts",
    "book",
    "changed",
    "database",
    "debits",
    "documents",
    "doors",
    "explain",
    "files",
    "funder",
    "holiday",
    "loan_books",
    "main",
    "mandates",
    "payoff",
    "product",
    "reconcile",
    "suspense",
]

"""The command line: parse, one call, render. Each module holds the commands about one thing."""

from . import (  # each adds its commands
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
    payoff,
    product,
    reconcile,
    suspense,
)
from .commands import main

__all__ = [
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
    "payoff",
    "product",
    "reconcile",
    "suspense",
]

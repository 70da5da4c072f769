"""The command line: parse, one call, render. Each module holds the commands about one thing."""

from . import (
    book,
    database,
    debits,
    doors,
    explain,
    files,
    holiday,
    loan_books,
    payoff,
    product,
    suspense,
)  # each adds its commands
from .commands import main

__all__ = [
    "book",
    "database",
    "debits",
    "doors",
    "explain",
    "files",
    "holiday",
    "loan_books",
    "main",
    "payoff",
    "product",
    "suspense",
]

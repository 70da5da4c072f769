"""The borrower's own pages: what I owe, what comes next, what it costs, help, messages, choices."""

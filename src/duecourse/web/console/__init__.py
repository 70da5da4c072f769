"""The lender's console: the day's page, an account, a statement, in 中文 and English."""

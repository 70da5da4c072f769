"""What a person may ask about what is kept of them: all of it as one file, and its erasure where the law lets.

kept: which tables hold something of a person, and which are not given and why (a test compares both with the database).
export: everything of one person as a ZIP; asked for by the person who is signed in, and kept as a row with when.
erasing: what is asked, what is done at once, what has to wait for which rule until when, and what stays.
The ledger, sealed days and statements are never changed: they know a number, and who it was is what is erased.
"""

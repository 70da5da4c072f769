"""Backup and restore: the whole of a book in one file, and back.

A backup is a tar: `manifest.json` (what it is of, and the SHA-256 of every other member), `database.dump` (pg_dump's
custom form) and the files of sealed days, of models and of what came in. The keys that open what is encrypted are not
in it: they are told by a digest alone, and restoring asks that they be at hand.

Invariants: a file appears whole or not at all; nothing is restored that its hash does not hold for; the database is
exchanged in one transaction.
"""

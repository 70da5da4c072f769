"""Reaching borrowers: whether a contact is allowed, and making it.

Words: contact, contact gate, purpose, channel, block, consent, attempt. Invariants: nothing is sent that a rule in
force at the person's place refuses; what errs, refuses; every decision is kept with its inputs and its rules.
"""

"""Care: what a borrower told us or asked for, and what we owe them in return.

Words: hardship, offer, promise, dispute, complaint, clock, circumstance, representative, breathing space, incident.
Invariants: a state is a row with who, when and why, none is changed; what stands against contact is a block in
`borrowers`, where the contact gate looks; what a person confided is encrypted; the money is moved by `servicing` alone.
"""

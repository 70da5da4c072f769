"""The transparency log: what was declared, in an order that cannot be rewritten unseen.

Words: leaf, root. Invariants: leaves are only appended; the root over n leaves commits to each of them (RFC 6962).
"""

"""The API: what partners' and the lender's own programs may ask and do, with a key, over HTTP.

An operation makes one call to an area with named arguments and tells what comes back; it computes nothing. Amounts are
whole minor units, days are `2026-08-31`, refusals are problems with their stable code.
"""

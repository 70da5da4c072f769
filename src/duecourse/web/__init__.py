"""The doors that a browser opens. `console` is the lender's: risk, finance and care officers.

A door makes one call to an area for each panel and renders what comes back; it computes nothing.
"""

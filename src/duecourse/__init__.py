"""Duecourse: consumer credit, from the application to the last payment."""

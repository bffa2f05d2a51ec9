"""Consent, suppression, holds and their evidence. Refuses to decide what a text means."""

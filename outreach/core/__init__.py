"""The ground every other room stands on.

Owns the error tree, identifiers and signed tokens, the clock, and the normal
form of phone numbers and mail addresses. Refuses to import anything above it,
Django, Celery and HTTP included.
"""

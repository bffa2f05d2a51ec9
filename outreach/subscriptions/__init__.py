"""The verbs by which people come in and go out: opt in, opt out, import.

Every door and `replies` call these. Refuses tables of its own.
"""

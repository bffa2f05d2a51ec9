"""The demo: what it lays out, by the same verbs that people have.

Owns the invented organisation, its schools, senders and staff, and the course of seeding.
Refuses to run anywhere but in mode demo, and rows of its own: everything goes through actions.
"""

"""The seals of the ledger: a chain of keyed digests over blocks of its events.

Owns the chain: making blocks, checking them, marking where a database was restored. The
digests cover opaque numbers and our own words alone, so that a person can be erased and the
chain still holds. Refuses to change an event.
"""

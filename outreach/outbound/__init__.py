"""Outgoing webhooks: changes are sent to addresses that other systems have named.

Owns the endpoints (`hooks`), what is to be said to them (`reading`) and saying it (`sending`).
Refuses to say an address of a person, a name or a text: opaque ids and our own words alone.
"""

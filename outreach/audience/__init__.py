"""Persons, addresses, memberships, the reading of rosters. Refuses to know about consent."""

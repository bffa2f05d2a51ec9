"""The clock process: what is due, and the sweeper.

Owns the moments at which something has to be looked at. Refuses to send: it wakes
workers. Any number may run; one leads, another takes over when it is gone.
"""

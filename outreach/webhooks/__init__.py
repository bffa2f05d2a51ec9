"""Signature-checked doors for receipts and replies, in a process of their own.

Verify the raw request, store once, commit, answer, hand on by id. Refuses to interpret:
what a message means is decided on the `control` queue.
"""

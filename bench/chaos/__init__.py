"""`make chaos`: breaks the real processes in the middle of a send and reads the books after.

Owns the house (PostgreSQL, Redis, sandbox, processes), the faults and the judgement. Refuses
hooks in the product: a moment is reached by holding a lock in PostgreSQL, or by what the
sandbox answers.
"""

"""The check-up: everything that operators get wrong in practice, and how to mend each.

Reads only. Each check stands by itself: one that cannot be made says so and stops no other.
"""

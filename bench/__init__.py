"""Programs that measure and break: `make bench`, `make chaos`.

Owns the populations, the sinks and the tables that are printed. Refuses to be imported by
the product.
"""

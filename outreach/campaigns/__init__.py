"""Definitions, versions, approval, launches and their step runs. Refuses rendering."""

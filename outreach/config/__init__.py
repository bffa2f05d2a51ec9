"""Wiring: settings from the environment, the Celery application, URLs, logging.

Refuses logic: a rule that decides something about a message lives in a room.
"""

"""Keeping an installation: what is kept how long, copies and their return, figures, the check-up.

Owns retention, backup and restore, the figures for Prometheus and the doctor. Refuses to send.
"""

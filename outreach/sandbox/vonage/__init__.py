"""The parts of Vonage that we use: the Messages API, its webhooks, reports, applications.

Owns the pretence and its signatures. Refuses what the real one refuses, with its codes.
"""

"""The parts of SendGrid's v3 API that we use, and its webhooks.

Owns Mail Send with its checks, the signed Event Webhook and Inbound Parse. Refuses
what the real one refuses, naming the field.
"""

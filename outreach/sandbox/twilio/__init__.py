"""The parts of Twilio's REST API (2010-04-01) that we use, and its webhooks.

Owns the Messages resource, refusals with Twilio's codes, status callbacks, inbound
messages and opt-out words. Refuses what it does not know with Twilio's own 404.
"""

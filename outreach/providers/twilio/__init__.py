"""Twilio Programmable Messaging: texts out, receipts and replies in."""

"""Twilio SendGrid: mail out, events and replies in."""

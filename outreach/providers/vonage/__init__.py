"""Vonage Messages: texts out, receipts and replies in."""

"""Other systems that are told when something changes (webhooks): a page for administrators."""

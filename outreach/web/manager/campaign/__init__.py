"""Pages of campaigns: versions, texts side by side, previews, edits that make a new version."""

"""The pages. Refuses queries that skip permission."""

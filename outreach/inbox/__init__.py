"""Provider events as they came, once each. Refuses to know what they mean."""

"""Pages of the people who make, approve and watch sends."""

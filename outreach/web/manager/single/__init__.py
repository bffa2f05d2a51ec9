"""Pages of one message: something urgent, and the correction of something that went out."""

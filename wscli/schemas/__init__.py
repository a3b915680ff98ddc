"""Whether a message is valid, and in words why not."""

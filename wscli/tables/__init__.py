"""Rows by key, fed by messages; knows nothing of terminals."""

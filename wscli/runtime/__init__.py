"""Wires one stream together: a worker thread, a bounded inbox, the main loop."""

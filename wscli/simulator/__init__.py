"""Plays a provider from its profile alone, on loopback."""

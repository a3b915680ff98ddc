"""Frames become messages: decoded once, named by the profile's rules."""

"""Frozen values that every other room shares; nothing here needs I/O."""

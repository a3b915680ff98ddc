"""wscli: a command-line inspector for WebSocket streams."""

__version__ = "0.1.0"

"""The edge that touches clocks, names, sockets and TLS."""

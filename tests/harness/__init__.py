"""What end-to-end tests stand on: processes, a terminal, certificates and servers of our own."""

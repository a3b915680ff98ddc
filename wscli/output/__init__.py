"""Ways of showing records, one file each."""

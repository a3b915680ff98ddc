"""The sans-I/O core: the life of one stream, decided from events and a clock."""

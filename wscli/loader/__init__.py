"""Where profiles are found, and how a YAML file becomes a checked Profile."""

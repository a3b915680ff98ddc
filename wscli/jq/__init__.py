"""The one language that points into messages: the small part profiles use, and all of libjq."""

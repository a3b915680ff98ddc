"""Messages become records: validated, filtered, counted."""

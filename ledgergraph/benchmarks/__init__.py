"""Who is better: protocols on ledgers that no model has seen, and their rows."""

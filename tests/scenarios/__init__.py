"""Days as text tables: one row an instant and an attempt, the last column the outcome."""

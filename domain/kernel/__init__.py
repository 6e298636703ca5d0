"""What every slice stands on: time, facts, refusals, tables, ids. Knows nothing of backups."""

"""Backup jobs: from being asked for to a recovery point, or to the reason there is none."""

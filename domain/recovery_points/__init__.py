"""Recovery points: what a backup leaves in a vault, until its time has come."""

"""Multi-party approval: teams that must agree before a vault's contents leave its account."""

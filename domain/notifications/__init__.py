"""Vault notifications: which happenings in a vault are told to which SNS topic."""

"""Backup vaults: the containers that recovery points live in."""

"""Backup plans: what is backed up when, where to, and for how long."""

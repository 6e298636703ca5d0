"""Backup selections: which resources a plan backs up, and with whose rights."""

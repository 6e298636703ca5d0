"""Restore jobs: from a recovery point to a resource, or to the reason why there is none."""

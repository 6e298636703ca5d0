"""Backup access points: S3 access points through which a recovery point is read in place."""

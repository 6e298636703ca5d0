"""The pretend world that can be backed up: what AWS Backup protects and does not own."""

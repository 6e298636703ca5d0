"""Tags on everything AWS Backup lets one tag, by ARN."""

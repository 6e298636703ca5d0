"""IAM's policies of resources, as vaults have them: what they may say, and of which requests."""

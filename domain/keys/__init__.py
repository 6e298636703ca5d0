"""The pretend world's encryption keys: what AWS Backup asks of KMS, and is sometimes refused."""

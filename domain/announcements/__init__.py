"""What AWS Backup tells others of what happens: EventBridge events and SNS messages."""

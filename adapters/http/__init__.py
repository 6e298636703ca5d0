"""HTTP: AWS Backup on the wire, and the control routes beside it."""

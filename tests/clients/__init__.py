"""Real clients against the real server: boto3, the AWS CLI and Terraform."""

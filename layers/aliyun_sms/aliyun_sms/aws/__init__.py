"""DynamoDB, SQS and Secrets Manager, and the only place that names botocore. It decides nothing."""

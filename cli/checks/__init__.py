"""What `sms doctor` looks at, each file a part of the stack."""

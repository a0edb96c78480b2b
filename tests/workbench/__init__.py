"""What tests share: the core put together, what stands in for AWS and the provider around it, and messages."""

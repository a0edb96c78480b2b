"""The official SDK with Powertools: Logger, Metrics, resolver or BatchProcessor, Idempotency, Parameters."""

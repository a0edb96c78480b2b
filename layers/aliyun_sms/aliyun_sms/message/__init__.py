"""The validated message: the contract of every door. It knows nothing of the provider's API, the ledger or queues."""

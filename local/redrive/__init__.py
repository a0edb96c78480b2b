"""Dead letters of a deployed stack moved back into its queue: `make redrive`."""

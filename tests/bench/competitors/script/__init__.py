"""requests and a signer of one's own, with the access key in the environment."""

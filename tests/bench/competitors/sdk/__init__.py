"""The official SDK alone, with the access key in the environment."""

"""A file for each verb."""

"""Alerts: whom they are for, what they would make, and what is open."""

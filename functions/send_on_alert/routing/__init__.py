"""Whom an alert is for, and in which words: the routes document, read and carried out. Nothing here reaches outside."""

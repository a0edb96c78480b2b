"""Dysmsapi: calls as signed requests, answers, what codes mean. It knows nothing of messages, keys or the ledger."""

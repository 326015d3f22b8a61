"""Crash tests: the bot killed at any moment, and what is left afterwards. Never: a fake store."""

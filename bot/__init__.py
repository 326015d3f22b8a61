"""Dateline: a Discord bot that remembers the news."""

__version__ = "0.1.0"

"""Feeds: what is fetched, parsed, cleaned and scheduled.

Imports only `bot.model`, `bot.errors`, `bot.clock`; never the news room, the storage or Discord.
"""

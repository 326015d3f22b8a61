"""The store: implements `bot.ports` on SQLite.

Never: decides what an item is about or whom to tell; a cursor, row or SQL error that leaves this room.
"""

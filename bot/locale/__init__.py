"""Catalogues of what the bot says: one file of gettext a language."""

"""The error tree: everything Dateline raises on purpose.

What is *normal* (a feed is down, a channel is gone) is a value in `bot.model`'s unions, never an exception.
A door (the one module that talks to a library) wraps that library's exceptions in these, always ``from`` the cause.
"""


class BotError(Exception):
    """The root of every error Dateline raises on purpose."""


class UserError(BotError):
    """A person asked for something that cannot be done; the message says what to do, and is shown to them as it is.

    The message is plain text for a person. It may quote what they typed, cut short: whoever shows it in Discord
    escapes it (`bot.cards.error`) and turns mentions off.
    """


class TooOften(UserError):
    """More was asked for than is allowed in a span of time; `again` says how many seconds on it is allowed again."""

    def __init__(self, message: str, again: float) -> None:
        super().__init__(message)
        self.again = again


class ConfigError(BotError):
    """The configuration is wrong; the message names the key and the remedy, never a secret's value."""


class AlreadyRunning(ConfigError):
    """Another `run` holds this database."""


class StorageError(BotError):
    """The store could not do what it was asked to."""


class StorageUnavailable(StorageError):
    """The store cannot be used right now (locked, disk full, connection lost): try again later."""


class Conflict(StorageError):
    """What was to be created exists already."""


class LeaseLost(StorageError):
    """The lease on the claimed row ran out or is held by another: nothing was written."""


class SchemaMismatch(StorageError):
    """The database's schema is of another version than this program serves; nothing was written."""


class ForeignDatabase(SchemaMismatch):
    """The database is another program's, or holds nothing; nothing was written."""


class DiscordUnavailable(BotError):
    """Discord cannot be reached or refuses everything for now: try again later."""

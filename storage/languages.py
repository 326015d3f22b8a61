"""In which language a server, or a person, is told things. See `bot.ports.LanguageStore`."""

from __future__ import annotations

from bot.model import GuildId, Language, UserId
from storage.driver import Driver


class Languages:
    """The languages of a database."""

    def __init__(self, driver: Driver) -> None:
        self._driver = driver

    async def language(self, holder: GuildId | UserId) -> Language | None:
        async with self._driver.glance() as db:
            row = await db.first("language", holder=holder)
        return None if row is None else Language(locale=row["locale"], everyone=bool(row["everyone"]))

    async def set_language(self, holder: GuildId | UserId, language: Language) -> None:
        async with self._driver.write() as db:
            if language.locale is None:
                await db.fetch("forget_language", holder=holder)
            else:
                await db.fetch("set_language", holder=holder, locale=language.locale, everyone=int(language.everyone))

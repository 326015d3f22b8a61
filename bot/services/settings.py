"""In which language a server, or a person, is told things."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from bot import words
from bot.clock import Clock
from bot.errors import StorageUnavailable, UserError
from bot.model import OPERATOR, GuildId, Language
from bot.ports import LanguageStore

UNSET = Language()
KNOWN = timedelta(seconds=30)
"""How long what was read holds."""
LANGUAGES: Mapping[str, str] = {
    "en-US": "English",
    "ar": "العربية",
    "de": "Deutsch",
    "es-ES": "Español",
    "fr": "Français",
    "hi": "हिन्दी",
    "id": "Indonesia",
    "it": "Italiano",
    "ja": "日本語",
    "ko": "한국어",
    "pt-BR": "Português",
    "tr": "Türkçe",
    "uk": "Українська",
    "zh-CN": "中文",
}
"""What may be set, by Discord's name of it, each called as it calls itself (CLDR's name, without what tells Spain from
Mexico). Written down: CLDR's data of all of them take 11 MB once they are asked."""


class SettingsService:
    """What holds for a server."""

    def __init__(self, store: LanguageStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._known: dict[GuildId, tuple[float, Language]] = {}
        """Asked at every command: what was read, and when. Another process may change it."""

    async def language(self, guild: GuildId) -> Language:
        """What a server set; nothing where it set nothing."""
        if guild == OPERATOR:
            return UNSET
        now = self._clock.monotonic()
        read_at, known = self._known.get(guild, (None, UNSET))
        if read_at is None or now - read_at > KNOWN.total_seconds():
            known = await self._store.language(guild) or UNSET
            self._known[guild] = now, known
        return known

    async def locale_for(self, guild: GuildId, reader: str) -> str:
        """The locale in which somebody is answered in a server whose Discord has the locale `reader`."""
        try:
            setting = await self.language(guild)
        except StorageUnavailable:  # what is asked needs the memory too, and says so
            return reader
        if setting.locale is not None and (setting.everyone or not words.is_spoken(reader)):
            return setting.locale
        return reader

    async def set_language(self, guild: GuildId, locale: str | None, *, everyone: bool = False) -> Language:
        """Set a server's language, or none; raises `UserError` for one that the bot does not speak."""
        if locale is not None and locale not in LANGUAGES:
            raise UserError(words._("I do not speak that language: choose one from the list."))
        if locale is None and everyone:
            raise UserError(words._("Choose the language in which everybody is to be answered."))
        setting = Language(locale=locale, everyone=everyone)
        await self._store.set_language(guild, setting)
        self._known[guild] = self._clock.monotonic(), setting
        return setting

    def forget(self, guild: GuildId) -> None:
        """Read a server's language again: what was kept of the server is gone."""
        self._known.pop(guild, None)

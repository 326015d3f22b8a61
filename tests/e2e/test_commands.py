"""What Discord is told of the commands: every limit it checks and simcord does not, and who may use what where."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import Any

import discord

from tests.e2e.conftest import Newsroom

NAME = re.compile(r"^[-_'a-z0-9]{1,32}$")
MESSAGE_CHANNELS = {0, 2, 5, 10, 11, 12, 13, 15, 16}
QUESTIONS = "news search country topic pair compare trends map coverage top story random topics sources help tag why"
EVERYWHERE = {*QUESTIONS.split(), "privacy"}
MESSAGE_MENU = 3
MENUS = {"Related news"}


def options(command: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for option in command.get("options", []):
        yield option
        yield from options(option)


async def test_the_payload_keeps_discords_limits(newsroom: Newsroom) -> None:
    async with newsroom() as place:
        payload = [command.to_dict(place.client.tree) for command in place.client.tree.get_commands()]
    assert {command["name"] for command in payload} == EVERYWHERE | MENUS | {
        "setup",
        "settings",
        "source",
        "alert",
        "follow",
        "data",
    }
    for command in payload:
        if command["name"] in MENUS:
            assert command["type"] == MESSAGE_MENU
            assert "description" not in command
            continue
        for part in (command, *options(command)):
            assert NAME.match(part["name"])
            assert 1 <= len(part["description"]) <= 100
            assert len(part.get("options", [])) <= 25
            assert len(part.get("choices", [])) <= 25
            assert set(part.get("channel_types", [])) <= MESSAGE_CHANNELS
            assert not (part.get("choices") and part.get("autocomplete"))
        length = sum(len(part["name"]) + len(part["description"]) for part in (command, *options(command)))
        assert length <= 8_000


async def test_so_it_does_in_every_language_that_discord_and_the_bot_speak(newsroom: Newsroom) -> None:
    async with newsroom() as place:
        tree = place.client.tree
        payload = [await one.get_translated_payload(tree, tree.translator) for one in tree.get_commands()]
    locales = {"de", "es-419", "es-ES", "fr", "hi", "id", "it", "ja", "ko", "pt-BR", "tr", "uk", "zh-CN"}
    for command in payload:
        menu = command["name"] in MENUS
        parts = [command, *options(command)]
        for part in parts:
            described = part.get("description_localizations", {})
            assert set(described) == (set() if menu else locales), part["name"]
            assert all(1 <= len(text) <= 100 for text in described.values()), part
            for locale, name in part["name_localizations"].items():
                assert locale in locales
                assert 1 <= len(name) <= 32
                assert menu or (named(name) and name == name.lower()), name
            for choice in part.get("choices", []):
                assert all(1 <= len(text) <= 100 for text in choice.get("name_localizations", {}).values())
        # Of each field the longest of all languages counts (documentation, "Localization").
        assert sum(longest(part, "name") + longest(part, "description") for part in parts) <= 8_000
    for siblings in (
        payload,
        *(part.get("options", []) for command in payload for part in (command, *options(command))),
    ):
        for locale in locales:
            names = [part["name_localizations"].get(locale, part["name"]) for part in siblings]
            assert len(set(names)) == len(names), (locale, names)


def named(name: str) -> bool:
    """By Discord's rule: letters and digits of any script, `-`, `_`, `'`, and all of Devanagari."""
    return all(one in "-_'" or unicodedata.category(one)[0] in "LN" or "\u0900" <= one <= "\u097f" for one in name)


def longest(part: dict[str, Any], field: str) -> int:
    return max(map(len, (part.get(field, ""), *(part.get(f"{field}_localizations") or {}).values())))


async def test_questions_work_everywhere_and_settings_in_servers_for_moderators(newsroom: Newsroom) -> None:
    async with newsroom() as place:
        payload = {command.name: command.to_dict(place.client.tree) for command in place.client.tree.get_commands()}
    for name, command in payload.items():
        if name in ("follow", "data"):  # for a person, in servers and in direct messages with the bot
            assert (sorted(command["integration_types"]), sorted(command["contexts"])) == ([0, 1], [0, 1])
            assert command["default_member_permissions"] is None
            continue
        everywhere = name in EVERYWHERE | MENUS
        assert sorted(command["integration_types"]) == ([0, 1] if everywhere else [0]), name
        assert sorted(command["contexts"]) == ([0, 1, 2] if everywhere else [0]), name
        wanted = None if everywhere else discord.Permissions(manage_guild=True).value
        assert command["default_member_permissions"] == wanted, name


async def test_the_only_intent_is_guilds(newsroom: Newsroom) -> None:
    async with newsroom() as place:
        assert place.client.intents == discord.Intents(guilds=True)
        assert not place.client.allowed_mentions.everyone


async def test_commands_are_synced_only_when_they_changed(newsroom: Newsroom) -> None:
    async with newsroom() as place:
        digest = place.client.commands_digest()
        assert await place.house.notes.recall("commands") == digest

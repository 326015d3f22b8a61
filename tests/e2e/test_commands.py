"""What Discord is told of the commands: every limit it checks and simcord does not, and who may use what where."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import discord

from tests.e2e.conftest import Newsroom

NAME = re.compile(r"^[-_'a-z0-9]{1,32}$")
MESSAGE_CHANNELS = {0, 2, 5, 10, 11, 12, 13, 15, 16}
QUESTIONS = "news search country topic pair compare trends map coverage top story random topics sources help tag why"
EVERYWHERE = set(QUESTIONS.split())
MESSAGE_MENU = 3
MENUS = {"Related news"}


def options(command: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for option in command.get("options", []):
        yield option
        yield from options(option)


async def test_the_payload_keeps_discords_limits(newsroom: Newsroom) -> None:
    async with newsroom() as place:
        payload = [command.to_dict(place.client.tree) for command in place.client.tree.get_commands()]
    assert {command["name"] for command in payload} == EVERYWHERE | MENUS | {"setup", "source", "alert", "follow"}
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


async def test_questions_work_everywhere_and_settings_in_servers_for_moderators(newsroom: Newsroom) -> None:
    async with newsroom() as place:
        payload = {command.name: command.to_dict(place.client.tree) for command in place.client.tree.get_commands()}
    for name, command in payload.items():
        if name == "follow":  # for a person, in servers and in direct messages with the bot
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

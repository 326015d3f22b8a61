"""/help in a simulated Discord: by topic, with commands and examples to tap."""

from __future__ import annotations

import re

import pytest

from bot.front import make_client
from cogs.help import COMMAND, PARTS, example_label
from tests.e2e.conftest import Newsroom
from tests.e2e.test_news import PACT, choices, text


async def test_the_first_page_leads_to_all_parts_and_its_buttons_answer(newsroom: Newsroom) -> None:
    async with newsroom() as place:
        await place.brings(PACT)
        page = (await place.reader.slash(place.channel, "help")).response
        assert page.ephemeral
        assert "**1** items from" in text(page)
        assert re.search(r"</news:\d+>", text(page))
        assert re.search(r"</follow add:\d+>", text(page))
        assert [option["value"] for option in choices(page, "h:1")] == list(PARTS)
        tried = (await place.reader.click(page, label="#securitycooperation")).response
        assert "## #securitycooperation" in text(tried)
        await place.env.restart_bot(make_client(place.house))
        await place.reader.select(page, values=["alert"], custom_id="h:1")
        assert "## Tell a channel" in text(page)


@pytest.mark.parametrize("part", PARTS)
async def test_every_command_that_is_named_exists_and_every_example_answers(newsroom: Newsroom, part: str) -> None:
    async with newsroom() as place:
        await place.brings(PACT)
        page = (await place.reader.slash(place.channel, "help", topic=part)).response
        assert not COMMAND.search(text(page))
        known = {command.qualified_name for command in place.client.tree.walk_commands()}
        named = set(re.findall(r"</([a-z ]+):\d+>", text(page)))
        assert named == {name.lstrip("/") for name in COMMAND.findall("\n".join(PARTS[part].lines))}
        assert named <= known
        for label, query in PARTS[part].examples:
            answer = (await place.reader.click(page, label=example_label(label, query))).response
            assert not answer.content, answer.content


async def test_where_discord_does_not_say_the_commands_numbers_their_names_do(newsroom: Newsroom) -> None:
    async with newsroom() as place:
        place.env.inject_error("GET", f"/applications/{place.client.application_id}/commands", status=500, times=9)
        page = (await place.reader.slash(place.channel, "help")).response
        assert "`/news topic:securitycooperation`" in text(page)

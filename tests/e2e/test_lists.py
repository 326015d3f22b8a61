"""Lists of sources in a simulated Discord: a file goes in by /source import, and one comes out of /source export."""

from __future__ import annotations

from typing import Any

import pytest
from simcord import SetupError

from bot.model import GuildId
from tests.e2e.conftest import Newsroom, Place
from tests.e2e.test_news import text

LIST = (
    b'<opml version="2.0"><body><outline text="**A** @everyone" xmlUrl="https://a.example/feed" language="fr"/>'
    b'<outline text="B" xmlUrl="https://b.example/feed"/><outline text="Inside &lt;@&amp;5>" xmlUrl="http://10.0.0.1/"/>'
    b'<outline text="Login" xmlUrl="https://me:secret@l.example/"/></body></opml>'
)


async def imported(place: Place, body: bytes, name: str = "feeds.opml") -> Any:
    return (await place.moderator.slash(place.channel, "source import", file=(name, body))).response


async def test_a_file_goes_in_and_the_answer_says_what_was_taken_and_what_not(newsroom: Newsroom) -> None:
    async with newsroom() as place:
        answer = await imported(place, LIST)
        said = text(answer)
        assert answer.ephemeral
        assert "### 2 sources added" in said
        assert "Watched already: 0 · refused: 2" in said
        assert "This address is private" in said
        assert "an only be added by the bot" in said
        assert "<@&5>" not in said
        assert "secret" not in said
        guild = GuildId(place.guild.id)
        assert [source.owner for source in await place.house.watch.visible(guild)] == [guild, guild]
        again = text(await imported(place, LIST))
        assert "### No source added" in again
        assert "Watched already: 2 · refused: 2" in again


async def test_many_refused_for_many_reasons_still_fit_a_message(newsroom: Newsroom) -> None:
    entries = "".join(
        f'[[source]]\noutlet = "{"N" * 150} {number}"\nurl = "https://a.example/{number}"\ncountry = "{number:03}"\n'
        for number in range(200)
    )
    async with newsroom() as place:
        said = text(await imported(place, entries.encode(), "mine.toml"))
    assert "### No source added" in said
    assert "… and for other reasons" in said


async def test_a_file_that_is_no_list_or_too_large_gets_a_plain_sentence(newsroom: Newsroom) -> None:
    async with newsroom() as place:
        for body, said in ((b"\x89PNG", "neither OPML nor"), (b"<" * 2_000_001, "larger than 2 MB")):
            answer = await imported(place, body)
            assert answer.ephemeral
            assert said in answer.content


@pytest.mark.parametrize("form", ["opml", "toml"])
async def test_a_servers_own_sources_come_out_as_a_file_that_goes_in_again(newsroom: Newsroom, form: str) -> None:
    async with newsroom() as place:
        nothing = (await place.moderator.slash(place.channel, "source export")).response
        assert "no source of your own" in nothing.content
        await imported(place, LIST)
        await place.brings()
        answer = (await place.moderator.slash(place.channel, "source export", format=form)).response
        assert answer.ephemeral
        (file,) = answer.attachments
        assert file.filename == f"dateline-sources.{form}"
        body = await file.read()
        assert b"the-example" not in body, "the operator's are not the server's to take away"
        assert "Watched already: 2 · refused: 0" in text(await imported(place, body))


async def test_lists_take_manage_server(newsroom: Newsroom) -> None:
    async with newsroom() as place:
        with pytest.raises(SetupError):
            await place.reader.slash(place.channel, "source export")

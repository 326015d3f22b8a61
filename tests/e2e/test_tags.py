"""Why a story has its tags, and correcting them, in a simulated Discord."""

from __future__ import annotations

from typing import Any

import pytest

from tests.e2e.conftest import Newsroom, Place, story
from tests.e2e.test_news import JETS, PACT, text

TITLE = "Japan and the Philippines"


async def why(place: Place, person: Any, story: str = TITLE) -> Any:
    return (await person.slash(place.channel, "tag why", story=story)).response


def select(response: Any, prefix: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []

    def walk(components: list[dict[str, Any]]) -> None:
        for component in components:
            if str(component.get("custom_id", "")).startswith(prefix):
                found.append(component)
            walk(component.get("components", []))

    walk(response.components)
    return found


async def test_why_shows_the_words_and_where_they_stand(newsroom: Newsroom) -> None:
    async with newsroom() as place:
        await place.brings(PACT, JETS)
        shown = await why(place, place.reader)
        said = text(shown)
        assert shown.ephemeral
        assert "**Why these tags**" in said
        assert "🇯🇵 Japan · about it" in said
        assert "“Japan” in the headline, “Tokyo” in the text" in said
        assert "**Tokyo** and **Manila** agreed" in said
        assert not select(shown, "x:"), "a reader cannot correct"
        by_link = text(await why(place, place.reader, str(JETS.url)))
        assert "Poland buys 32 fighter jets" in by_link


async def test_what_is_assumed_is_shown_as_the_outlets(newsroom: Newsroom) -> None:
    async with newsroom() as place:
        await place.brings(story("Trains stand still", "Nobody knows why."), single_country=True)
        shown = text((await place.reader.slash(place.channel, "news", country="GB")).response)
        assert "## 🇬🇧 United Kingdom (or mentioned)" in shown
        assert "· 🇬🇧 United Kingdom (the outlet's)" in shown
        said = text(await why(place, place.reader, "Trains"))
        assert "🇬🇧 United Kingdom · assumed: The Example writes about United Kingdom alone" in said


@pytest.mark.parametrize(
    ("story", "said"),
    [("nosuchword", "No story in the memory holds"), ("https://news.example/none", "No story in the memory has that")],
)
async def test_a_story_that_is_not_there(newsroom: Newsroom, story: str, said: str) -> None:
    async with newsroom() as place:
        await place.brings(PACT)
        assert said in (await why(place, place.reader, story)).content


async def test_autocomplete_offers_stories_while_the_last_word_is_half_typed(newsroom: Newsroom) -> None:
    async with newsroom() as place:
        await place.brings(PACT, JETS)
        choices = await place.reader.autocomplete(place.channel, "tag why", "story", "poland figh")
        assert [choice["name"] for choice in choices] == ["The Example: Poland buys 32 fighter jets"]
        assert len(await place.reader.autocomplete(place.channel, "tag why", "story", "")) == 2


async def test_an_owner_corrects_for_all_servers(newsroom: Newsroom) -> None:
    async with newsroom() as place:
        await place.brings(PACT)
        place.client.owner_id = place.moderator.id
        done = (
            await place.moderator.slash(place.channel, "tag fix", story=TITLE, remove="Japan", everywhere=True)
        ).response
        assert "🇯🇵 Japan · about it" not in text(done)
        # in a direct message, outside of the server, too
        found = (await place.env.create_user("u").slash("news", country="JP")).response
        assert "Philippines sign" not in text(found)


async def test_a_moderator_corrects_for_the_server_and_an_owner_for_all(newsroom: Newsroom) -> None:
    async with newsroom() as place:
        await place.brings(PACT, JETS)
        refused = (await place.reader.slash(place.channel, "tag fix", story=TITLE, remove="Japan")).response
        assert "Manage Server" in refused.content
        refused = (
            await place.moderator.slash(place.channel, "tag fix", story=TITLE, remove="Japan", everywhere=True)
        ).response
        assert "owners only" in refused.content or "Only the bot's owners" in refused.content
        empty = (await place.moderator.slash(place.channel, "tag fix", story=TITLE)).response
        assert "Say what to correct" in empty.content
        done = (
            await place.moderator.slash(place.channel, "tag fix", story=TITLE, remove="Japan", add="#islandchain")
        ).response
        assert "🇯🇵 Japan · about it" not in text(done)
        assert "#islandchain · about it, 100%: a person said so" in text(done)
        assert "Philippines sign" not in text((await place.reader.slash(place.channel, "news", country="JP")).response)
        found = text((await place.reader.slash(place.channel, "news", topic="islandchain")).response)
        assert "Philippines sign" in found
        # in a direct message the server's correction is unknown
        assert "Philippines sign" in text((await place.env.create_user("u").slash("news", country="JP")).response)


async def test_the_select_below_takes_a_wrong_tag_off(newsroom: Newsroom) -> None:
    async with newsroom() as place:
        await place.brings(PACT)
        shown = await why(place, place.moderator)
        (menu,) = select(shown, "x:")
        labels = {option["label"] for option in menu["options"]}
        assert {"🇯🇵 Japan", "#securitycooperation"} <= labels
        await place.moderator.select(shown, values=["JP"])
        assert "🇯🇵 Japan · about it" not in text(shown)
        assert "Philippines sign" not in text((await place.reader.slash(place.channel, "news", country="JP")).response)


async def test_an_alert_says_why(newsroom: Newsroom) -> None:
    async with newsroom() as place:
        alerts = place.guild.create_text_channel("alerts")
        await place.moderator.slash(place.channel, "alert add", channel=alerts, country="JP")
        await place.brings(JETS)
        await place.brings(PACT)
        await place.work()
        (posted,) = alerts.history()
        answer = await place.reader.click(posted, label="Why?")
        assert "“Tokyo” in the text" in text(answer.response)

"""Questions in a simulated Discord: /news, /country, /search, the buttons, the select, autocomplete."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from bot.front import make_client
from bot.model import Query
from cogs.pages import unpacked
from tests.e2e.conftest import Newsroom, story

PACT = story(
    "Japan and the Philippines sign a security cooperation pact",
    "Tokyo and Manila agreed on Monday to deepen security co-operation in the South China Sea.",
    image="https://img.example/pact.jpg",
)
JETS = story(
    "Poland buys 32 fighter jets", "The fighter jets will arrive in 2028, the defence ministry in Warsaw said.", hours=3
)
OLD = story("Brazil counts its votes", "Brazil elected a president on Sunday.", hours=24 * 9)
TALKS = tuple(
    story(f"Trade talks, round {number}, in Geneva", "Ministers met for trade talks.", hours=10 + number)
    for number in range(12)
)


def text(response: Any) -> str:
    """Everything a message says."""
    return json.dumps(response.components, ensure_ascii=False)


def contents(components: list[dict[str, Any]]) -> Iterator[str]:
    """What is drawn as markdown."""
    for component in components:
        if "content" in component:
            yield component["content"]
        yield from contents(component.get("components", []))


ACTION_ROW = 1


def button(response: Any, label: str) -> dict[str, Any]:
    found: list[dict[str, Any]] = []

    def walk(components: list[dict[str, Any]]) -> None:
        for component in components:
            if component.get("label") == label:
                found.append(component)
            walk(component.get("components", []))

    walk(response.components)
    assert len(found) == 1, label
    return found[0]


def choices(response: Any, custom_id: str) -> list[dict[str, Any]]:
    """What a select offers."""
    rows = [one for one in response.components if one["type"] == ACTION_ROW]
    rows += [
        one
        for outer in response.components
        if outer["type"] != ACTION_ROW
        for one in outer.get("components", [])
        if one["type"] == ACTION_ROW
    ]
    (menu,) = [one for row in rows for one in row["components"] if one.get("custom_id") == custom_id]
    found: list[dict[str, Any]] = menu["options"]
    return found


@pytest.mark.parametrize(
    "typed", ["securitycooperation", "#SecurityCooperation", "security co-operation", "Security Cooperation"]
)
async def test_a_topic_however_it_is_written(newsroom: Newsroom, typed: str) -> None:
    async with newsroom() as place:
        await place.brings(PACT, JETS)
        shown = text((await place.reader.slash(place.channel, "news", topic=typed)).response)
    assert "## #securitycooperation" in shown
    assert "### [Japan and the Philippines sign a security cooperation pact](https://news.example/" in shown
    assert "Poland" not in shown


async def test_a_card_says_outlet_age_category_countries_extract_and_hashtags(newsroom: Newsroom) -> None:
    async with newsroom() as place:
        await place.brings(PACT, OLD)
        shown = text((await place.reader.slash(place.channel, "news")).response)
    published = int(PACT.published_at.timestamp())  # type: ignore[union-attr]
    assert f"-# **The Example** 🇬🇧 · <t:{published}:R> · Politics · 🇯🇵 Japan · 🇵🇭 Philippines" in shown
    assert "Tokyo and Manila agreed on Monday" in shown
    assert "#securitycooperation" in shown
    assert "https://img.example/pact.jpg" in shown
    assert f"<t:{int(OLD.published_at.timestamp())}:D>" in shown, "a date when older than a week"  # type: ignore[union-attr]


@pytest.mark.parametrize("typed", ["fighterjet", "#FighterJets", "fighter jet"])
async def test_a_hashtag_in_no_taxonomy_is_split_and_found(newsroom: Newsroom, typed: str) -> None:
    async with newsroom() as place:
        await place.brings(PACT, JETS)
        shown = text((await place.reader.slash(place.channel, "news", topic=typed)).response)
    assert "Poland buys 32 fighter jets" in shown
    assert "meant: fighter jet" in shown
    assert "Philippines" not in shown


async def test_filters_combine_and_nothing_found_offers_topics(newsroom: Newsroom) -> None:
    async with newsroom() as place:
        await place.brings(PACT, JETS, OLD)
        poland = text((await place.reader.slash(place.channel, "country", country="Poland")).response)
        recent = text((await place.reader.slash(place.channel, "news", since="7d")).response)
        search = text((await place.reader.slash(place.channel, "search", words='"fighter jets" 2028')).response)
        nothing = text(
            (await place.reader.slash(place.channel, "news", topic="securitycooperation", country="BR")).response
        )
        near = text((await place.reader.slash(place.channel, "news", topic="securitycoperation")).response)
    assert "Poland buys" in poland
    assert "Philippines" not in poland
    assert "Brazil counts" not in recent
    assert "Poland buys" in search
    assert "Nothing in the memory" in nothing
    assert "Try #" in nothing
    assert "Did you mean #securitycooperation" in near
    assert "sign a security cooperation pact" in near


async def test_news_in_one_language(newsroom: Newsroom) -> None:
    french = replace(story("Paris vote son budget", "L’Assemblée a voté le budget."), language="fr-ca")
    rounds = tuple(
        replace(story(f"Les ministres parlent, jour {number}", hours=20 + number), language="fr") for number in range(6)
    )
    async with newsroom() as place:
        await place.brings(PACT, french, *rounds)
        result = await place.reader.slash(place.channel, "news", language="français")
        first = text(result.response)
        assert "## in French" in first
        assert "7 items, newest first, page 1 of 2" in first
        assert "Paris vote son budget" in first
        assert "Philippines" not in first
        assert unpacked(button(result.response, "Next")["custom_id"].rsplit(":", 1)[1]) == Query(language="fr")
        await place.reader.click(result.response, label="Next")
        assert "jour 5" in text(result.response)
        none = text((await place.reader.slash(place.channel, "news", language="Welsh")).response)
        assert "Nothing in the memory" in none
        unknown = (await place.reader.slash(place.channel, "news", language="Frensh")).response
        assert unknown.ephemeral
        assert "is no language I know. Did you mean French" in unknown.content
        offered = await place.reader.autocomplete(place.channel, "news", "language", "fra")
        assert offered[0] == {"name": "French · français", "value": "fr"}


async def test_pages_turn_do_not_shift_and_survive_a_restart(newsroom: Newsroom) -> None:
    async with newsroom() as place:
        await place.brings(*TALKS)
        result = await place.reader.slash(place.channel, "news", topic="trade")
        assert "12 items, newest first, page 1 of 3" in text(result.response)
        assert button(result.response, "Previous")["disabled"]
        assert button(result.response, "First")["disabled"]
        await place.brings(story("Trade talks end in a deal", "Trade talks ended.", hours=0))
        await place.env.restart_bot(make_client(place.house))
        await place.reader.click(result.response, label="Next")
        second = text(result.response)
        assert "page 2 of 3" in second
        assert "round 5" in second
        assert "round 4," not in second
        assert "end in a deal" not in second
        await place.reader.click(result.response, label="Last")
        last = text(result.response)
        assert "page 3 of 3" in last
        assert "round 11" in last
        assert button(result.response, "Next")["disabled"]


async def test_a_question_too_long_for_a_button_is_kept(newsroom: Newsroom) -> None:
    words = "ministers trade talks " + "met " * 40
    async with newsroom() as place:
        await place.brings(*TALKS)
        result = await place.reader.slash(place.channel, "search", words=words, country="Switzerland", since="30d")
        assert len(button(result.response, "Next")["custom_id"]) <= 100
        await place.reader.click(result.response, label="Next")
        assert "page 2 of 3" in text(result.response)


async def test_opening_a_story_answers_privately_with_the_reasons(newsroom: Newsroom) -> None:
    async with newsroom() as place:
        await place.brings(PACT)
        result = await place.reader.slash(place.channel, "news")
        (option,) = choices(result.response, "o:1")
        opened = await place.reader.select(result.response, values=[option["value"]], custom_id="o:1")
        shown = text(opened.response)
    assert opened.response.ephemeral
    assert "Why these tags" in shown
    assert "security cooperation" in shown


async def test_autocomplete(newsroom: Newsroom) -> None:
    async with newsroom() as place:
        await place.brings(PACT, JETS)
        topics = await place.reader.autocomplete(place.channel, "news", "topic", "secu")
        countries = await place.reader.autocomplete(place.channel, "country", "country", "phil")
        outlets = await place.reader.autocomplete(place.channel, "news", "outlet", "exam")
        junk = await place.reader.autocomplete(place.channel, "news", "topic", "@everyone " + "x" * 90)
    assert topics[0] == {"name": "#securitycooperation · 1 item", "value": "securitycooperation"}
    assert countries[0] == {"name": "🇵🇭 Philippines", "value": "PH"}
    assert outlets == [{"name": "The Example · 2 items", "value": "The Example"}]
    assert junk == []


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"topic": "x" * 5_000}, "5,000 characters"),
        ({"topic": "!!!"}, "no letter or digit"),
        ({"country": "Atlantis"}, "no country I know"),
        ({"outlet": "The Exemple"}, "Did you mean The Example"),
        ({"since": "the day before"}, "24h, 7d, 2w, or a date"),
        ({"since": "2027-01-01"}, "still to come"),
    ],
)
async def test_bad_input_gets_a_plain_sentence(newsroom: Newsroom, asked: dict[str, str], said: str) -> None:
    async with newsroom() as place:
        await place.brings(PACT)
        response = (await place.reader.slash(place.channel, "news", **asked)).response
    assert response.ephemeral
    assert said in response.content


async def test_hostile_text_stands_as_it_was_written(newsroom: Newsroom) -> None:
    evil = story(
        "@everyone [click](http://evil.example) <@&5> <t:1:R> </x:1> <:e:1> ||s|| `c` **b**",
        "# big\n@here https://evil.example <#3>",
        url="https://news.example/a(b)c d",
    )
    async with newsroom() as place:
        await place.brings(evil)
        message = (await place.reader.slash(place.channel, "news")).response
        shown = " ".join(contents(message.components))
    assert "@everyone" not in shown
    assert "@here" not in shown
    assert "\\<@&5" in shown
    assert "\\<t:1:R" in shown
    assert "https://news.example/a%28b%29c%20d" in shown
    assert "\\[click\\](http\\://evil.example)" in shown


async def test_a_forged_or_ancient_button_is_answered(newsroom: Newsroom) -> None:
    async with newsroom() as place:
        await place.brings(*TALKS)
        result = await place.reader.slash(place.channel, "news", topic="trade")
        custom_id = button(result.response, "Next")["custom_id"]
        query = custom_id.rsplit(":", 1)[1]
        stored = place.env.backend
        assert query == "t=trade"
        assert stored is not None
        from bot.errors import UserError

        for forged in ("k=Nonsense", "s=zzzzzzzzzzzzzzzz", "nothing", "%23=x"):
            with pytest.raises(UserError, match="another version"):
                unpacked(forged)


async def test_it_answers_in_a_direct_message(newsroom: Newsroom) -> None:
    async with newsroom() as place:
        await place.brings(PACT)
        result = await place.env.create_user("alone").slash("news", topic="securitycooperation")
    assert "Japan and the Philippines" in text(result.response)


async def test_help_and_sources(newsroom: Newsroom) -> None:
    async with newsroom() as place:
        await place.brings(PACT)
        shown = text((await place.reader.slash(place.channel, "help")).response)
        listed = text((await place.reader.slash(place.channel, "sources")).response)
    assert "topic:securitycooperation" in shown
    assert "**1** items" in shown or "**1** item" in shown
    assert "The Example" in listed


async def test_a_country_may_be_typed_in_any_language(newsroom: Newsroom) -> None:
    async with newsroom() as place:
        await place.brings(PACT)
        for typed in ("Japon", "日本", "Япония", "اليابان"):
            said = text((await place.reader.slash(place.channel, "news", country=typed)).response)
            assert "## 🇯🇵 Japan" in said, typed
        assert "🇯🇵 Japan" in text((await place.reader.slash(place.channel, "news", topic="日本")).response)
        assert "🇮🇸" not in text((await place.reader.slash(place.channel, "news", topic="Island")).response)
        assert "1 item" in text((await place.reader.slash(place.channel, "news", filter="country:Filipinas")).response)

"""Answers in the language that Discord sends, in a simulated Discord."""

from __future__ import annotations

import pytest

from tests.e2e.conftest import Newsroom, Speaking
from tests.e2e.test_news import choices, text
from tests.e2e.test_top import told
from tests.test_cards import Drawn, check_limits


@pytest.mark.parametrize(
    ("locale", "said"),
    [
        (
            "de",
            (
                "## Größte Geschichten",
                "3 Geschichten seit <t:",
                "Umwelt",
                "auch bei [CNA]",
                "(3 Medien)",
                "Neueste zuerst",
            ),
        ),
        ("ja", ("## 大きな出来事", "環境", "🇯🇵 日本", "ほかに [CNA]", "3 媒体", "さらに見る …")),
        ("ar", ("## أكبر القصص", "بيئة", "🇯🇵 اليابان", "أيضًا في [CNA]")),
        ("pt-BR", ("## Maiores histórias", "Meio ambiente", "🇯🇵 Japão", "também em [CNA]", "Mais novas primeiro")),
        ("sv-SE", ("## Biggest stories", "Environment", "also in [CNA]")),
    ],
)
async def test_a_page_is_in_the_language_of_who_asks(
    newsroom: Newsroom, speaking: Speaking, locale: str, said: tuple[str, ...]
) -> None:
    async with newsroom() as place:
        await told(place)
        speaking(locale)
        page = (await place.reader.slash(place.channel, "news", sort="biggest")).response
        check_limits(Drawn(page.components))
        for part in said:
            assert part in text(page)


async def test_so_are_clicks_and_autocompletion_and_each_person_has_their_own(
    newsroom: Newsroom, speaking: Speaking
) -> None:
    async with newsroom() as place:
        await told(place)
        speaking("fr")
        page = (await place.reader.slash(place.channel, "top")).response
        assert "## À la une" in text(page)
        offered = await place.reader.autocomplete(place.channel, "top", "country", "Jap")
        assert [choice["name"] for choice in offered] == ["🇯🇵 Japon"]
        speaking("uk")
        opened = (await place.moderator.select(page, values=[choices(page, "t:1")[0]["value"]])).response
        assert "перше повідомлення: **The Wire**" in text(opened)
        assert "Довкілля" in text(opened)
        speaking("en-US")
        assert "## Top stories" in text((await place.reader.slash(place.channel, "top")).response)


async def test_so_are_errors_help_and_what_a_moderator_sets(newsroom: Newsroom, speaking: Speaking) -> None:
    async with newsroom() as place:
        speaking("fr")
        wrong = (await place.reader.slash(place.channel, "news", filter="(japan OR china")).response.content
        assert "Cette parenthèse n'est jamais fermée" in wrong
        unknown = (await place.reader.slash(place.channel, "news", country="Japn")).response.content
        assert "Vouliez-vous dire Jap" in unknown
        speaking("pt-BR")
        page = text((await place.reader.slash(place.channel, "help", topic="follow")).response)
        assert "o que você segue" in page
        assert "`tema:securitycooperation país:Japan`" in page, "options as Discord shows them"
        speaking("zh-CN")
        alerts = place.guild.create_text_channel("alerts")
        said = text(
            (
                await place.moderator.slash(
                    place.channel, "alert add", channel=alerts, country="JP", style="weekly", at="Fri 18:00"
                )
            ).response
        )
        assert "提醒已设置" in said
        assert "星期五 18:00 的摘要" in said
        await told(place)
        account = text((await place.moderator.slash(place.channel, "why", story="Nairobi")).response)
        assert "否，它不关于 日本" in account


async def test_a_form_is_in_the_language_of_who_opens_it_and_of_who_sends_it(
    newsroom: Newsroom, speaking: Speaking
) -> None:
    async with newsroom() as place:
        await told(place)
        speaking("uk")
        form = (await place.moderator.slash(place.channel, "setup")).response
        (zone,) = [one["value"] for one in choices(form, "u:zone") if one.get("default")]
        assert zone == "Europe/Kyiv", "of the person, where the server's language is Discord's usual one"
        modal = (await place.moderator.click(form, label="Інша тема чи країна …")).modal
        assert modal["title"] == "Інша тема чи країна"

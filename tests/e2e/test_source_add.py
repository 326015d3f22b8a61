"""`/source add` with any address of a site: chosen from a list, proposed, corrected; over loopback."""

from __future__ import annotations

import discord
import pytest
import simcord

from bot.config import Settings
from bot.errors import UserError
from bot.front import make_client
from bot.house import open_house
from bot.model import OPERATOR, Denied, GuildId
from tests.e2e.test_news import text
from tests.loopback import Web
from tests.support import HeldClock
from tests.test_ingest import JETS, PACT, rss


def feed(title: str, *items: tuple[str, str], language: str = "en-gb") -> str:
    document = rss(*items, head=f"<language>{language}</language>")
    return document.replace("<title>F</title>", f"<title>{title}</title>")


async def test_a_feed_is_chosen_and_what_is_proposed_of_it_corrected(database: str, clock: HeldClock) -> None:
    async with Web() as web:
        links = "".join(
            f'<link rel="alternate" type="application/rss+xml" href="/{name}">' for name in ("world", "asia")
        )
        web.answer("/", f"<html><head>{links}</head></html>", content_type="text/html")
        web.answer(
            "/world", rss(PACT, head="<language>en-gb</language>").replace("<title>F</title>", "<title>World</title>")
        )
        web.answer("/asia", rss(JETS).replace("<title>F</title>", "<title>Asia *now*</title>"))
        settings = Settings(database=database, catalogue="none", parsers=1, allow_private=(web.allowed,))
        async with (
            open_house(settings, clock=clock, holder="run") as house,
            simcord.run(make_client(house), shard_count=1, settle_timeout=8.0) as env,
        ):
            guild = env.create_guild(name="Newsroom")
            channel = guild.create_text_channel("news")
            role = guild.create_role("Moderators", permissions=discord.Permissions(manage_guild=True))
            moderator = guild.add_member(env.create_user("moderator"), roles=[role])

            found = (await moderator.slash(channel, "source add", url=web.url("/"))).response
            assert found is not None
            shown = text(found)
            assert "2 feeds were found" in shown
            assert PACT[0] in shown
            assert r"Asia \\*now\\*" in shown
            added = (await moderator.select(found, custom_id="f:1", values=[web.url("/world")])).response
            assert added is not None
            assert "Source added" in text(added)
            assert "Published in United Kingdom · Language: English" in text(added)
            (source,) = await house.watch.visible(GuildId(guild.id))
            assert (source.outlet.name, source.outlet.country, source.url) == ("World", "GB", web.url("/world"))

            found = (
                await moderator.slash(
                    channel,
                    "source add",
                    url=web.url("/"),
                    outlet="Asia: the wire",
                    country="Japan",
                    language="English",
                )
            ).response
            assert found is not None
            chosen = "f:1:JP:en:0:Asia: the wire"
            await moderator.select(found, custom_id=chosen, values=[web.url("/asia")])
            asia = next(each for each in await house.watch.visible(GuildId(guild.id)) if each.id != source.id)
            assert (asia.outlet.name, asia.outlet.country, asia.outlet.language) == ("Asia: the wire", "JP", "en")
            await house.watch.remove(GuildId(guild.id), str(asia.id))
            refused = (await moderator.slash(channel, "source add", url=web.url("/"), single_country=True)).response
            assert refused is not None
            assert "say where the outlet sits" in refused.content

            asked = await moderator.click(added, custom_id=f"g:{source.id}")
            said = await moderator.submit_modal(asked, {"name": "The World", "country": "Japan", "language": "ja"})
            assert "Source corrected" in text(said.response)
            (source,) = await house.watch.visible(GuildId(guild.id))
            assert (source.outlet.name, source.outlet.country, source.outlet.language) == ("The World", "JP", "ja")


async def test_an_address_that_leads_to_a_denied_host_is_refused_to_servers(database: str, clock: HeldClock) -> None:
    async with Web() as web:
        local = f"localhost:{web.port}"
        web.answer("/led", b"", status=302, headers={"Location": web.url("/through")})
        web.answer("/through", b"", status=302, headers={"Location": f"http://{local}/wire"})
        web.answer("/wire", rss(PACT))
        page = f'<html><head><link rel="alternate" type="application/rss+xml" href="{web.url("/wire")}"></head></html>'
        web.answer("/page", page.encode(), content_type="text/html")
        settings = Settings(database=database, catalogue="none", parsers=1, allow_private=(web.allowed, local))
        async with open_house(settings, clock=clock, holder="run") as house:
            await house.admission.deny(Denied.HOST, "127.0.0.1")
            led, page_there = f"http://{local}/led", f"http://{local}/page"
            with pytest.raises(
                UserError, match=r"leads to 127\.0\.0\.1, of which this bot's operator allows no sources"
            ):
                await house.watch.add(GuildId(1), led)
            with pytest.raises(UserError, match="leads to"):
                await house.watch.feeds_of(GuildId(1), led)
            with pytest.raises(UserError, match="web page"):
                await house.watch.feeds_of(GuildId(1), page_there)
            assert await house.watch.visible(GuildId(1)) == ()
            assert web.asked("/through") == web.asked("/wire") == [], "not even asked"

            source, _ = await house.watch.add(OPERATOR, led)
            assert source.url == led
            (found,) = await house.watch.feeds_of(OPERATOR, page_there)
            assert found.url == web.url("/wire")


async def test_a_source_that_leads_to_a_denied_host_later_is_not_read_there_for_servers(
    database: str, clock: HeldClock
) -> None:
    async with Web() as web:
        web.answer("/led", rss(PACT))
        web.answer("/feed", rss(PACT, JETS))
        local = f"localhost:{web.port}"
        address = f"http://{local}/led"
        settings = Settings(database=database, catalogue="none", parsers=1, allow_private=(web.allowed, local))
        async with open_house(settings, clock=clock, holder="run") as house:
            await house.watch.add(GuildId(1), address)
            web.answer("/led", b"", status=302, headers={"Location": web.url("/feed")})
            await house.admission.deny(Denied.HOST, "127.0.0.1")

            _, report = await house.watch.check(GuildId(1), address)
            assert report.problem is not None
            assert "leads to 127.0.0.1, of which this bot's operator allows no sources" in report.problem
            assert web.asked("/feed") == []

            await house.watch.add(OPERATOR, address)  # what the operator watches is read wherever it leads
            _, report = await house.watch.check(OPERATOR, address)
            assert (report.problem, len(web.asked("/feed"))) == (None, 2)

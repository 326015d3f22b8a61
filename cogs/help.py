"""/help: what the bot does and what to type."""

from __future__ import annotations

from discord import app_commands, ui
from discord.ext import commands

from bot import cards
from bot.services.sources import SourceService
from cogs.ui import Interaction, answer, everywhere

ASK = """**Ask**
- `/news topic:securitycooperation`: the newest items of a topic. Any hashtag or phrase will do.
- `/news country:Japan category:Politics since:7d`: filters combine. No filter: the newest of all.
- `/country Philippines`, `/topic show trade`: what it is made of. `/pair` and `/compare`: two or more together.
- `/search words:"fighter jet" export`: items that hold all of it.
- `/top country:Japan`: the stories that most outlets tell. `/story`: one of them from its first report on.
- `/topics`: what is rising, and what is big. `/random`: any one story.
- *Apps*, *Related news* in the menu of any message: what the memory has on it."""
FOLLOW = """**Be told yourself**
- `/follow add topic:securitycooperation country:Japan`: stories come by direct message, each once; so does *Follow* \
below any card. `/follow hours quiet:22:00-07:00 timezone:Asia/Manila`: when.
- `/follow list`, `pause`, `resume`, `remove`; *Less like this* leaves something out."""
ALERT = """**Tell a channel** (Manage Server)
- `/setup`: a first alert by choosing.
- `/alert add channel:#news topic:securitycooperation`: stories are posted there, each once; what other outlets add is \
written into the same card. A forum gets a post for each. `/alert preview` shows beforehand what would come.
- `/alert limits channel:#news per_hour:5 quiet:22:00-07:00`: how much, and when.
- `/topic add name:Our frigates phrases:frigate, F126`: a topic of this server's own.
- `/alert list`, `edit`, `pause`, `resume`, `remove`; `/why` says why something was posted, or was not."""
WATCH = """**What is watched**
- `/sources`: every source and how it fares.
- `/source add url:example.org`: the feeds of a site, for this server alone (Manage Server). `import`, `export`,
  `remove`, `pause`, `resume`, `check`, and `tell`: where to hear of those that fail."""


class Help(commands.Cog):
    """What to type."""

    def __init__(self, sources: SourceService) -> None:
        self._sources = sources

    @app_commands.command(name="help", description="What I do and what to type")
    @everywhere
    async def help(self, interaction: Interaction) -> None:
        """Show what to type, with examples."""

        async def work() -> ui.LayoutView:
            overview = await self._sources.overview()
            head = (
                "I watch the news, tag every item with topics and countries, and remember it. "
                f"So far: **{overview.items:,}** items from **{overview.feeds:,}** feeds."
            )
            return cards.notice("Dateline", head, ASK, FOLLOW, ALERT, WATCH)

        await answer(interaction, work(), private=True)

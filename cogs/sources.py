"""/sources for everybody, /source for those with Manage Server: what is watched, and how it fares."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping, Sequence
from typing import Any

import discord
from discord import app_commands, ui
from discord.ext import commands

from bot import cards
from bot.errors import UserError
from bot.model import OPERATOR, ChannelId, GuildId, Imported, Outlet, Source
from bot.services.discovery import Candidate
from bot.services.sources import MAX_LIST, SourceService, a_day, health, said_of
from bot.words import _, decimal, n_, slash
from cogs.ui import (
    Interaction,
    Room,
    answer,
    answering,
    check_place,
    choices,
    everywhere,
    guarded,
    managed,
    scope,
    tell_error,
)

SHOWN = 24
VALUE_LIMIT = 100
"""Characters of a select's value (Discord's documentation, "Select Option Structure")."""
CHOOSE = re.compile(
    r"f:1(?::(?P<country>[A-Z]{0,2}):(?P<language>[^:]{0,12}):(?P<single>[01]):(?P<outlet>.{0,70}))?", re.DOTALL
)
"""With what was said of the outlet when the feeds were looked for, where anything was."""
CORRECT = re.compile(r"g:(?P<source>\d{1,18})")
LIMIT = 3_600
NAMED = 3
"""Of those refused for one reason, how many are named."""
FORMATS = [app_commands.Choice(name="OPML", value="opml"), app_commands.Choice(name="TOML", value="toml")]


def line(source: Source) -> str:
    """A source on one line: name, health, when next."""
    section = f" · {source.outlet.section}" if source.outlet.section else ""
    mark = (
        "⏸️"
        if source.paused or source.hidden
        else "🟡"
        if source.failures
        else "⚪"
        if not source.last_success_at
        else "🟢"
    )
    read = (
        " · " + _("read {when}", when=f"<t:{int(source.last_success_at.timestamp())}:R>")
        if source.last_success_at
        else ""
    )
    check = "" if source.paused else " · " + _("next {when}", when=f"<t:{int(source.due_at.timestamp())}:R>")
    last = f"{read}{check} · {a_day(source)}" if source.last_success_at else check
    works = source.last_success_at is not None and not (source.paused or source.hidden or source.problem)
    shown = "" if works else f" · {cards.error(cards.short(health(source), 140))}"
    name = cards.error(cards.short(source.outlet.name + section, 90))
    return f"{mark} `{source.id}` **{name}**{shown}{last}"


def summary(imported: Imported) -> ui.LayoutView:
    """What came of a list of sources: how many were taken, and why the others were not."""
    lines = [
        _(
            "Watched already: {known} · refused: {refused}",
            known=decimal(imported.known),
            refused=decimal(len(imported.refused)),
        )
    ]
    for reason, names in imported.by_reason().items():
        more = f" {cards.and_more(len(names) - NAMED)}" if len(names) > NAMED else ""
        named = ", ".join(cards.short(name, 60) for name in names[:NAMED])
        text = f"**{decimal(len(names))}** · {cards.error(cards.short(reason, 300))}\n-# {cards.error(named)}{more}"
        if sum(map(len, lines)) + len(text) > LIMIT:
            lines.append("-# " + _("… and for other reasons"))
            break
        lines.append(text)
    if imported.added:
        lines.append(_("They are read within the next minutes; what they hold now is remembered silently."))
    title = n_("{n} source added", "{n} sources added", imported.added)
    return cards.notice(title if imported.added else _("No source added"), *lines)


class Sources(commands.Cog):
    """What is watched."""

    def __init__(self, service: SourceService) -> None:
        self._service = service

    @app_commands.command(name="sources", description="What is watched, and how it fares")
    @app_commands.describe(name="Only those whose name, section or address holds this")
    @everywhere
    async def sources(self, interaction: Interaction, name: str | None = None) -> None:
        """Show the sources this server is answered from: its own first, then those with a problem."""
        guild = scope(interaction)

        async def work() -> ui.LayoutView:
            every = await self._service.visible(guild)
            wanted = (name or "").casefold().strip()
            found = [
                source
                for source in every
                if wanted in f"{source.outlet.name} {source.outlet.section} {source.url}".casefold()
            ]
            found.sort(
                key=lambda source: (source.owner == OPERATOR, not source.failures, source.outlet.name.casefold())
            )
            overview = await self._service.overview()
            failing = sum(1 for source in every if source.failures)
            known = _("{items} remembered", items=cards.how_many_items(overview.items))
            ill = n_("{n} source with a problem", "{n} sources with a problem", failing)
            marks = _("🟢 works · 🟡 has a problem · ⚪ not read yet · ⏸️ paused or hidden")
            head = f"-# {known} · {ill}\n-# {marks}"
            lines, length = [], 0
            for source in found[:SHOWN]:
                text = line(source)
                length += len(text) + 1
                if length > LIMIT:
                    break
                lines.append(text)
            rest = len(found) - len(lines)
            like = cards.code(slash("sources", name="times"))
            more = _("{more}: name one, as in {command}", more=cards.and_more(rest), command=like) if rest > 0 else ""
            title = n_("{n} source", "{n} sources", len(found))
            return cards.notice(title, head, *lines, f"-# {more}" if more else "")

        await answer(interaction, work(), private=True)


def choosing(feeds: Sequence[Candidate], told: Outlet) -> ui.LayoutView:
    """The feeds found at an address, to choose from; what was told of the outlet holds for the chosen one."""
    custom_id = "f:1"
    if told != Outlet(name=""):
        said = told.country or "", (told.language or "").replace(":", "")[:12], str(int(told.single_country))
        custom_id = ":".join((custom_id, *said, told.name[:70]))
    lines = []
    for feed in feeds:
        newest = cards.error(cards.short(feed.newest, 120)) if feed.newest else _("holds nothing now")
        when = f" · <t:{int(feed.newest_at.timestamp())}:R>" if feed.newest_at else ""
        title, address = cards.error(cards.short(feed.title, 80)), cards.error(cards.short(feed.url, 150))
        lines.append(f"**{title}** · {newest}{when}\n-# {address}")
    options = [
        discord.SelectOption(
            label=cards.short(feed.title, 100), value=feed.url, description=cards.short(feed.newest or feed.url, 100)
        )
        for feed in feeds
        if len(feed.url) <= VALUE_LIMIT
    ]
    long = "-# " + _(
        "A feed that the list below lacks has too long an address for it: {command} takes the address itself.",
        command=cards.code(slash("source add")),
    )
    view = cards.notice(
        n_("{n} feed was found", "{n} feeds were found", len(feeds)),
        *lines,
        *([long] if len(options) < len(feeds) else []),
        _("Which one is it?"),
    )
    if options:
        row: ui.ActionRow[ui.LayoutView] = ui.ActionRow(
            ui.Select(custom_id=custom_id, placeholder=_("Watch this one ..."), options=options)
        )
        view.add_item(row)
    return view


def added(source: Source, newest: str | None) -> ui.LayoutView:
    """What is watched now, what is proposed of it, and the button to correct that."""
    view = cards.notice(
        _("Source added"),
        line(source),
        f"-# {cards.error(source.url)}",
        _("Newest: {headline}", headline=cards.error(cards.short(newest, 200)))
        if newest
        else _("It holds no entry yet."),
        cards.error(said_of(source.outlet)),
        "-# " + _("Correct it where that is wrong."),
        _("What it holds now goes into the memory silently; what comes later can be alerted of."),
    )
    button: ui.Button[ui.LayoutView] = ui.Button(label=_("Correct"), custom_id=f"g:{source.id}")
    view.add_item(ui.ActionRow(button))
    return view


def source_items(service: SourceService) -> tuple[type[ui.DynamicItem[Any]], ...]:
    """The classes that answer clicks below what `/source add` says, whatever was restarted since."""

    async def choose(interaction: Interaction, select: ui.Select[Any], said: Mapping[str, str]) -> None:
        """Add the feed that was chosen, with what was told of it before: a part that is empty was not."""
        guild = managed(interaction)

        async def work() -> ui.LayoutView:
            source, document = await service.add(
                guild,
                select.values[0],
                outlet=said.get("outlet") or None,
                country=said.get("country") or None,
                language=said.get("language") or None,
                single_country=said.get("single") == "1",
            )
            return added(source, document.entries[0].title if document and document.entries else None)

        await answer(interaction, work(), private=True)

    async def correct(interaction: Interaction, _button: ui.Button[Any], said: Mapping[str, str]) -> None:
        """Ask what is right of a source."""
        source = await service.find(managed(interaction), said["source"])
        await interaction.response.send_modal(Correction(service, source))

    return answering(CHOOSE, choose), answering(CORRECT, correct)


class Correction(ui.Modal):
    """Name, country and language of a source."""

    def __init__(self, service: SourceService, source: Source) -> None:
        super().__init__(title=_("Correct the source"))
        self._service = service
        self._source = source
        self.name: ui.TextInput[Correction] = ui.TextInput(
            label=_("Name"), custom_id="name", max_length=100, default=source.outlet.name
        )
        self.country: ui.TextInput[Correction] = ui.TextInput(
            label=_("Country it is published in"),
            custom_id="country",
            required=False,
            max_length=60,
            placeholder=_("A name or code; empty: unknown"),
            default=source.outlet.country or "",
        )
        self.language: ui.TextInput[Correction] = ui.TextInput(
            label=_("Language"),
            custom_id="language",
            required=False,
            max_length=40,
            placeholder=_("A tag such as en or pt-br; empty: unknown"),
            default=source.outlet.language or "",
        )
        for part in (self.name, self.country, self.language):
            self.add_item(part)

    async def on_submit(self, interaction: Interaction) -> None:
        """Keep what was said."""

        async def work() -> ui.LayoutView:
            source = await self._service.describe(
                owner(interaction),
                str(self._source.id),
                outlet=self.name.value,
                country=self.country.value,
                language=self.language.value,
            )
            return cards.notice(
                _("Source corrected"), line(source), "-# " + _("This holds for what it brings from now on.")
            )

        await guarded(interaction, lambda: answer(interaction, work(), private=True))


@app_commands.default_permissions(manage_guild=True)
@app_commands.allowed_installs(guilds=True, users=False)
@app_commands.allowed_contexts(guilds=True, dms=False, private_channels=False)
class SourceAdmin(
    commands.GroupCog, name="source", description="Add, import, remove, pause or check what this server watches"
):
    """A server's own sources."""

    def __init__(self, service: SourceService) -> None:
        self._service = service

    async def interaction_check(self, interaction: discord.Interaction) -> bool:
        """Discord's default permission can be changed by a server: the right is checked again at each use."""
        managed(interaction)
        return True

    @app_commands.command(name="add", description="Watch a feed for this server, found from any address of its site")
    @app_commands.describe(
        url="The feed's address, or any of its site: example.org",
        outlet="Its name, if the feed's own title is not a good one",
        country="Where the outlet sits: a name or code",
        language="Its language, such as en or pt-br",
        single_country="True: it is about that country alone, which is assumed of what names none",
    )
    async def add(
        self,
        interaction: Interaction,
        url: str,
        outlet: str | None = None,
        country: str | None = None,
        language: app_commands.Range[str, 2, 40] | None = None,
        single_country: bool = False,
    ) -> None:
        """Add a source that can be read now; of several found there, the one that the person chooses."""
        guild = owner(interaction)

        async def work() -> ui.LayoutView:
            told = self._service.told(outlet=outlet, country=country, language=language, single_country=single_country)
            feeds = await self._service.feeds_of(guild, url)
            if len(feeds) > 1:
                return choosing(feeds, told)
            (feed,) = feeds
            source, _ = await self._service.add(
                guild,
                feed.url,
                outlet=outlet or feed.title,
                country=country or feed.country,
                language=language or feed.language,
                single_country=single_country,
                check=False,
            )
            return added(source, feed.newest)

        await answer(interaction, work(), private=True)

    @app_commands.command(name="remove", description="Stop watching one of this server's own sources")
    @app_commands.describe(source="Which source")
    async def remove(self, interaction: Interaction, source: str) -> None:
        """Remove a source; what is stored stays."""
        guild = owner(interaction)

        async def work() -> ui.LayoutView:
            removed = await self._service.remove(guild, source)
            return cards.notice(
                _("Source removed"),
                _("{name} is watched no more. Its items stay.", name=cards.error(removed.outlet.name)),
            )

        await answer(interaction, work(), private=True)

    @app_commands.command(name="pause", description="Rest one of this server's sources, or hide one of the bot's here")
    @app_commands.describe(source="Which source")
    async def pause(self, interaction: Interaction, source: str) -> None:
        """Pause or hide."""
        guild = owner(interaction)

        async def work() -> ui.LayoutView:
            paused = await self._service.pause(guild, source)
            name = cards.error(paused.outlet.name)
            own = paused.owner == guild
            return cards.notice(
                _("Source paused") if own else _("Source hidden"),
                _("{name} is not polled until it is resumed.", name=name)
                if own
                else _("{name} is hidden in this server, and not alerted of.", name=name),
            )

        await answer(interaction, work(), private=True)

    @app_commands.command(name="resume", description="Watch a paused source again, or show a hidden one")
    @app_commands.describe(source="Which source")
    async def resume(self, interaction: Interaction, source: str) -> None:
        """Resume or show."""
        guild = owner(interaction)

        async def work() -> ui.LayoutView:
            resumed = await self._service.resume(guild, source)
            name = cards.error(resumed.outlet.name)
            own = resumed.owner == guild
            return cards.notice(
                _("Source goes on") if own else _("Source shown"),
                _("{name} is polled again; what it brought meanwhile is remembered silently.", name=name)
                if own
                else _("{name} is shown here again.", name=name),
            )

        await answer(interaction, work(), private=True)

    @app_commands.command(name="import", description="Watch for this server what a list of feeds names (OPML or TOML)")
    @app_commands.describe(file="The list, as other readers export it: at most 2 MB")
    async def import_(self, interaction: Interaction, file: discord.Attachment) -> None:
        """Add the sources of an attachment."""
        guild = owner(interaction)

        async def work() -> ui.LayoutView:
            if file.size > MAX_LIST:
                raise UserError(_("This file is larger than 2 MB, the most that is read: split it."))
            try:
                body = await file.read()
            except discord.HTTPException as error:
                raise UserError(_("Discord does not hand the file out at this moment: try again.")) from error
            return summary(await self._service.import_(guild, body))

        await answer(interaction, work(), private=True)

    @app_commands.command(name="export", description="This server's own sources as a file that other readers take")
    @app_commands.describe(format="OPML for other readers, TOML as the bot's own catalogue")
    @app_commands.choices(format=FORMATS)
    async def export(self, interaction: Interaction, format: str = "opml") -> None:
        """Send the sources as an attachment, to the person who asked alone."""
        guild = owner(interaction)
        await interaction.response.defer(thinking=True, ephemeral=True)
        try:
            exported = await self._service.export(guild, format)
        except UserError as error:
            await tell_error(interaction, error)
            return
        number = n_("{n} source", "{n} sources", exported.sources)
        lost = n_(
            "{n} of them lost the login in its address.",
            "{n} of them lost the login in their address.",
            exported.without_login,
        )
        file = discord.File(io.BytesIO(exported.text.encode("utf-8")), f"dateline-sources.{format}")
        await interaction.followup.send(
            f"{number}. {lost}" if exported.without_login else f"{number}.", file=file, ephemeral=True
        )

    @app_commands.command(name="check", description="Poll a source now and say what came of it")
    @app_commands.describe(source="Which source")
    async def check(self, interaction: Interaction, source: str) -> None:
        """Poll now."""
        guild = owner(interaction)

        async def work() -> ui.LayoutView:
            checked, report = await self._service.check(guild, source)
            name = cards.error(checked.outlet.name)
            if report.problem is not None:
                text = f"🟡 {name}: {cards.error(report.problem)}"
            else:
                new = report.stored.new if report.stored else 0
                text = "🟢 " + n_("{name} works: {n} new item.", "{name} works: {n} new items.", new, name=name)
            due = _("next {when}", when=f"<t:{int(report.due_at.timestamp())}:R>")
            return cards.notice(_("Source checked"), text, f"-# {due}")

        await answer(interaction, work(), private=True)

    @app_commands.command(
        name="tell", description="Choose where I tell of sources that fail or move, and of alerts that cannot be posted"
    )
    @app_commands.describe(channel="Where; leave it out to be told nowhere")
    async def tell(self, interaction: Interaction, channel: Room | None = None) -> None:
        """Choose the place for notices."""
        guild = owner(interaction)

        async def work() -> ui.LayoutView:
            warning = check_place(channel, None) if channel is not None else None
            await self._service.tell_in(guild, ChannelId(channel.id) if channel is not None else None)
            if channel is None:
                nowhere = _(
                    "I tell of failing sources nowhere: {sources} and {alerts} show how things are.",
                    sources=cards.code(slash("sources")),
                    alerts=cards.code(slash("alert list")),
                )
                return cards.notice(_("Sources"), nowhere)
            return cards.notice(
                _("Sources"),
                _(
                    "I tell in {channel} when one of this server's own sources fails for three days, works again, "
                    "moves, or ends, and when I may no longer post an alert: once each, and without a mention.",
                    channel=f"<#{channel.id}>",
                ),
                f"-# {cards.error(warning)}" if warning else "",
            )

        await answer(interaction, work(), private=True)

    @remove.autocomplete("source")
    async def _own(self, interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        guild = owner(interaction)
        return self._choices([source for source in await self._service.visible(guild) if source.owner == guild], typed)

    @pause.autocomplete("source")
    @resume.autocomplete("source")
    @check.autocomplete("source")
    async def _every(self, interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        return self._choices(list(await self._service.visible(owner(interaction))), typed)

    def _choices(self, sources: list[Source], typed: str) -> list[app_commands.Choice[str]]:
        pairs = []
        for source in sources:
            section = f" · {source.outlet.section}" if source.outlet.section else ""
            pairs.append((f"{source.id} · {source.outlet.name}{section}", str(source.id)))
        return choices([pair for pair in pairs if typed.casefold() in pair[0].casefold()])


def owner(interaction: Interaction) -> GuildId:
    """The server whose sources are meant: `interaction_check` has seen that there is one."""
    assert interaction.guild_id is not None  # noqa: S101
    return GuildId(interaction.guild_id)

"""A server's own topics: phrases that moderators gather under a hashtag. Never: a Discord type."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from bot.clock import Clock
from bot.errors import UserError
from bot.filter_model import Filter
from bot.model import GuildId, OwnTopic, Phrase, Tried
from bot.news.filters import own_node, together
from bot.news.hashtags import Hashtags
from bot.news.text import phrase_terms, slug
from bot.ports import NewsStore, OwnTopicStore
from bot.services.alerts import AlertService
from bot.words import _, option, slash

PHRASES, EXCLUDED = 20, 20
LONGEST = 80
REACH = timedelta(days=30)
COUNTED = 1_000
SHOWN = 3


class TopicService:
    """Tries, saves and removes own topics."""

    def __init__(
        self,
        topics: OwnTopicStore,
        news: NewsStore,
        alerts: AlertService,
        hashtags: Hashtags,
        clock: Clock,
        *,
        limit: int,
    ) -> None:
        """`limit` is how many topics one server may have."""
        self._topics = topics
        self._news = news
        self._alerts = alerts
        self._hashtags = hashtags
        self._clock = clock
        self._limit = limit

    async def own(self, guild: GuildId) -> tuple[OwnTopic, ...]:
        """A server's own topics, by their hashtags."""
        return await self._topics.of_guild(guild)

    async def draft(self, guild: GuildId, name: str, phrases: str, excluded: str | None) -> tuple[OwnTopic, Tried]:
        """A topic as typed, kept as a draft, and what it would have met in the last 30 days. Raises `UserError`.

        `phrases` and `excluded` have commas between; the hashtag's own words count as a phrase, too, where none is
        given.
        """
        label = " ".join(name.strip().lstrip("#").split())
        tag = slug(label)
        if not tag or len(label) > LONGEST:
            raise UserError(_("Give the topic a name of 1 to {most} characters, such as Our frigates.", most=LONGEST))
        known = self._hashtags.known(label)
        if known is not None:
            raise UserError(_("#{tag} is a topic for everybody already: give yours another name.", tag=known.tag))
        mine = {one.slug for one in await self.own(guild)}
        if tag not in mine and len(mine) >= self._limit:
            raise UserError(
                _(
                    "This server has {number} topics, the most there may be: {command} takes one away.",
                    number=len(mine),
                    command=slash("topic remove"),
                )
            )
        topic = OwnTopic(
            slug=tag,
            label=label,
            phrases=_phrases(phrases, "phrases", PHRASES),
            excluded=_phrases(excluded or "", "excluded", EXCLUDED),
        )
        if not topic.phrases:
            raise UserError(_("Give one phrase or more, a comma between: frigate, destroyer, corvette."))
        if both := {one.terms for one in topic.phrases} & {one.terms for one in topic.excluded}:
            raise UserError(
                _("“{words}” is among the phrases and the excluded ones both.", words=" ".join(next(iter(both))))
            )
        await self._topics.draft(guild, topic, now=self._clock.now())
        return topic, await self.tried(guild, topic)

    async def tried(self, guild: GuildId, topic: OwnTopic) -> Tried:
        """What a topic meets of the last 30 days."""
        since = Filter(since=self._clock.now() - REACH)
        asked = together(Filter(root=own_node(topic)), since)
        total, newest = await self._news.filtered(
            asked, guild=guild, until=None, offset=0, limit=SHOWN, most=COUNTED + 1
        )
        wider = together(Filter(root=own_node(OwnTopic(slug="", label="", phrases=topic.phrases, excluded=()))), since)
        every = total
        if topic.excluded:
            every, _ = await self._news.filtered(wider, guild=guild, until=None, offset=0, limit=0, most=COUNTED + 1)
        return Tried(total=total, excluded=max(0, every - total), newest=newest)

    async def save(self, guild: GuildId, tag: str) -> tuple[OwnTopic, int]:
        """Save a draft; it, and how many of the server's alerts ask for it and were brought up to date.

        Raises `UserError` where there is no such draft any more.
        """
        topic = await self._topics.save(guild, tag, now=self._clock.now())
        if topic is None:
            raise UserError(
                _("That draft is not kept any more: give it again with {command}.", command=slash("topic add"))
            )
        changed = 0
        for rule in await self._alerts.rules(guild):
            if rule.query.topic is not None and slug(rule.query.topic) == tag:
                await self._alerts.change(rule, rule.query)
                changed += 1
        return topic, changed

    async def remove(self, guild: GuildId, name: str) -> str:
        """Forget a topic; its hashtag. Alerts that ask for it go on as they were set. Raises `UserError`."""
        tag = slug(name)
        if not await self._topics.remove(guild, tag):
            raise UserError(
                _("This server has no topic of that name: {command} shows those it has.", command=slash("topic list"))
            )
        return tag


def _phrases(typed: str, what: str, most: int) -> tuple[Phrase, ...]:
    found: dict[Sequence[str], Phrase] = {}
    for part in typed.split(","):
        text = " ".join(part.replace('"', " ").split())
        terms = phrase_terms(text[:LONGEST])
        if text and not terms:
            raise UserError(_("“{text}” holds no letter or digit to look for.", text=text[:40]))
        if terms:
            found.setdefault(terms, Phrase(typed=text[:LONGEST], terms=terms))
    if len(found) > most:
        raise UserError(
            _("{name}: {number} are too many, {most} are the most.", name=option(what), number=len(found), most=most)
        )
    return tuple(found.values())

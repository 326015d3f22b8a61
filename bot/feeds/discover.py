"""Where a site's feeds are: those that its page names, those that its kind of site has, and the usual guesses. Pure.

`found` reads a page, in a worker process; `rewritten` and `common_paths` need nothing but its address. They give places
to look at: each is fetched through the same door as any other address before it is believed.

Never: a fetch, or an address of a private host.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Final
from urllib.parse import quote

from yarl import URL

from bot.feeds import tree
from bot.feeds.links import LinkCleaner
from bot.feeds.markup import cut, plain
from bot.model import FeedLink, FetchFailed

FOUND: Final = 20
_SCANNED: Final = 2 * 1024 * 1024
"""Bytes of a page that are looked through: feeds are named in its head, and linked at its foot."""
_SHOWN: Final = 200
"""Longer addresses stand in no sentence."""
_ANCHORS: Final = 5000
_TITLE: Final = 100
_TYPES: Final = re.compile(
    r"(?:application|text)/(?:(?:rss|atom|rdf|x\.atom|feed)(?:\+xml|\+json)?|xml)\Z", re.IGNORECASE
)
_LOOKS: Final = re.compile(
    r"(?:\.(?:rss|atom|rdf)|/(?:rss|feed|atom|index|feeds|news|headlines)\.xml|/feed\.json|[-_/]rss\.xml|/(?:feed|rss|atom)/?|"
    r"/feeds/posts/default|sitemap[-_]?news\.xml|news[-_]?sitemap\.xml)\Z",
    re.IGNORECASE,
)
_FEED_HOSTS: Final = ("feeds.feedburner.com", "feeds.", "rss.")
_COMMENTS: Final = re.compile(
    r"comment|comentario|comentário|kommentar|commentaire|commenti|コメント|评论|댓글", re.IGNORECASE
)
_PATHS: Final = (
    "/feed", "/feed/", "/rss", "/rss/", "/rss.xml", "/feed.xml", "/atom.xml", "/index.xml", "/feed.json", "/feeds",
    "/feed/rss", "/rss/all", "/arc/outboundfeeds/rss/", "/news-sitemap.xml", "/sitemap-news.xml", "/sitemap_news.xml",
    "/news_sitemap.xml", "/googlenews.xml",
)  # fmt: skip


def found(data: bytes, url: str, allow: frozenset[tuple[str, int | None]] = frozenset()) -> tuple[FeedLink, ...]:
    """The feeds that the HTML `data` (UTF-8) names, at most 20, the likeliest first: those of comments come last.

    `url` is where the page came from; `allow` the operator's private hosts.
    """
    try:
        page = tree.parse(data[:_SCANNED])
    except tree.TooDeep:
        return ()
    links = LinkCleaner(url, allow).rebased(tree.base(page))
    ranked: dict[str, tuple[tuple[bool, int], FeedLink]] = {}
    for rank, (raw, title) in enumerate([*_named(page), *_linked(page)]):
        address = links(raw)
        if address is None or address == url or address in ranked:
            continue
        about = _COMMENTS.search(address) or _COMMENTS.search(title)
        ranked[address] = (about is not None, rank), FeedLink(url=address, title=title)
    return tuple(link for _, link in sorted(ranked.values(), key=lambda each: each[0]))[:FOUND]


def told(failed: FetchFailed, links: tuple[FeedLink, ...]) -> FetchFailed:
    """The failure of a web page that was given for a feed, with the feeds that were found in it."""
    if not links:
        return failed
    short = [link.url for link in links if len(link.url) <= _SHOWN]
    listed = ", ".join(short[:3]) or "their addresses are very long"
    what = "1 feed was" if len(links) == 1 else f"{len(links)} feeds were"
    more = ", and more." if len(links) > 3 else ""
    return replace(failed, detail=f"This is a web page, not a feed; {what} found in it: {listed}{more}", found=links)


def common_paths(url: str) -> tuple[str, ...]:
    """Where sites often keep a feed, on the origin of `url`: guesses, to be tried in turn."""
    try:
        address = URL(url)
        return tuple(str(address.origin().with_path(path)) for path in _PATHS) if address.raw_host else ()
    except ValueError:
        return ()


def rewritten(url: str) -> tuple[str, ...]:
    """The feeds of a page on a site whose feeds follow from its addresses, the surest first."""
    try:
        address = URL(url)
        host = (address.raw_host or "").lower().removeprefix("www.").removeprefix("m.")
        if address.scheme not in ("http", "https") or not host:
            return ()
        path = address.raw_path.rstrip("/")
        for known, rules in _SITES.items():
            if host == known or host.endswith(f".{known}"):
                return tuple(_apply(rules, address, host, path))
        return tuple(_apply(_ANY_HOST, address, host, path))
    except ValueError:
        return ()


def _named(page: tree.Tree) -> Iterator[tuple[str, str]]:
    """Addresses and titles of the page's ``<link>`` elements that stand for feeds."""
    for node in page.select("link[href]"):
        attributes = node.attributes
        relations = (attributes.get("rel") or "").lower().split()
        kind = (attributes.get("type") or "").partition(";")[0].strip()
        address = attributes.get("href") or ""
        by_type = "alternate" in relations and (
            _TYPES.match(kind) is not None
            or (kind.lower() == "application/json" and re.search(r"feed|rss", address[-200:], re.IGNORECASE))
        )
        if by_type or "feed" in relations:
            yield address, cut(plain(attributes.get("title") or ""), _TITLE)


def _linked(page: tree.Tree) -> Iterator[tuple[str, str]]:
    """Addresses and texts of the page's anchors that look like feeds."""
    for number, node in enumerate(page.select("a[href]")):
        if number >= _ANCHORS:
            return
        address = (node.attributes.get("href") or "").strip()
        bare = address.partition("#")[0].partition("?")[0]
        host = bare.partition("://")[2].partition("/")[0].lower()
        if len(bare) < 2000 and (_LOOKS.search(bare) or (host.startswith(_FEED_HOSTS) and "/" in bare[8:])):
            yield address, cut(node.text[: 4 * _TITLE], _TITLE)


# --- sites whose feeds follow from their addresses ---------------------------------------------------------------

_Make = Callable[[URL, str, re.Match[str]], str]
_Rules = tuple[tuple[str, _Make], ...]
_NAME: Final = r"([A-Za-z0-9_.-]{1,100})"


def _at(pattern: str) -> _Make:
    """Makes an address of the page's own origin; ``{1}`` stands for the first group of the path."""
    return lambda address, _, match: str(address.origin()) + pattern.format(match[0], *match.groups())


def _on(pattern: str) -> _Make:
    return lambda _, __, match: pattern.format(match[0], *match.groups())


def _reddit(_: URL, __: str, match: re.Match[str]) -> str:
    return f"https://www.reddit.com{match[0]}/.rss"


def _query(pattern: str, name: str) -> _Make:
    def make(address: URL, _: str, __: re.Match[str]) -> str:
        value = address.query.get(name, "")
        return pattern.format(quote(value, safe="")) if re.fullmatch(r"[A-Za-z0-9_-]{2,64}", value) else ""

    return make


def _stack_exchange(address: URL, host: str, match: re.Match[str]) -> str:
    return f"https://{host}/feeds/tag?tagnames={match[1]}&sort=newest"


_MASTODON: Final[_Rules] = (
    (r"/@[A-Za-z0-9_.]{1,60}\Z", _at("{0}.rss")),
    (r"/tags/[^/.]{1,100}\Z", _at("{0}.rss")),
)
_LEMMY: Final[_Rules] = ((r"/c/([A-Za-z0-9_]{1,60}(?:@[A-Za-z0-9.-]{1,100})?)\Z", _at("/feeds/c/{1}.xml?sort=New")),)
_STACK: Final[_Rules] = ((r"/questions/tagged/([^/]{1,100})\Z", _stack_exchange),)

_SITES: Final[dict[str, _Rules]] = {
    # youtu.be and /watch are single videos, and /@handle names its channel in the page's own link element.
    "youtube.com": (
        (r"/channel/(UC[\w-]{22})(?:/\w+)?\Z", _on("https://www.youtube.com/feeds/videos.xml?channel_id={1}")),
        (rf"/user/{_NAME}(?:/\w+)?\Z", _on("https://www.youtube.com/feeds/videos.xml?user={1}")),
        (r"/playlist\Z", _query("https://www.youtube.com/feeds/videos.xml?playlist_id={}", "list")),
    ),
    "reddit.com": (
        (r"/r/[\w+]{1,200}(?:/(?:new|hot|top|rising|controversial))?\Z", _reddit),
        (r"/(?:user|u)/[\w-]{1,40}(?:/(?:submitted|comments))?\Z", _reddit),
        (r"/(?:user|u)/[\w-]{1,40}/m/\w{1,60}\Z", _reddit),
        (r"/r/\w{1,60}/comments/\w{1,12}(?:/[^/]{0,200})?\Z", _reddit),
    ),
    "bsky.app": ((r"/profile/([A-Za-z0-9.:_-]{1,253})\Z", _on("https://bsky.app/profile/{1}/rss")),),
    "github.com": (
        (rf"/{_NAME}/{_NAME}/tags\Z", _on("https://github.com/{1}/{2}/tags.atom")),
        (rf"/{_NAME}/{_NAME}/commits(?:/{_NAME})?\Z", lambda _, __, match: f"https://github.com{match[0]}.atom"),
        (rf"/{_NAME}/{_NAME}/releases\Z", _on("https://github.com/{1}/{2}/releases.atom")),
        (rf"/{_NAME}/{_NAME}\Z", _on("https://github.com/{1}/{2}/releases.atom")),
        (rf"/{_NAME}/{_NAME}\Z", _on("https://github.com/{1}/{2}/commits.atom")),
        (rf"/(?!features|topics|trending|about){_NAME}\Z", _on("https://github.com/{1}.atom")),
    ),
    "gitlab.com": (
        (rf"/({_NAME}(?:/{_NAME}){{1,5}})/-/tags\Z", _on("https://gitlab.com/{1}/-/tags?format=atom")),
        (rf"/({_NAME}(?:/{_NAME}){{1,5}})/-/(?:releases|commits)(?:/.*)?\Z", _on("https://gitlab.com/{1}.atom")),
        (rf"/({_NAME}(?:/{_NAME}){{1,5}})\Z", _on("https://gitlab.com/{1}.atom")),
    ),
    "medium.com": (
        (r"/feed/.*", _at("{0}")),
        (r"/(@[\w.-]{1,60}|[\w-]{1,60}|tag/[\w-]{1,60})\Z", _on("https://medium.com/feed/{1}")),
        (r"\Z", _at("/feed")),
    ),
    "substack.com": ((r"/@.*", lambda *_: ""), (r".*", _at("/feed"))),
    "tumblr.com": (
        (rf"/(?:blog/(?:view/)?)?(?!tagged|dashboard|explore|search){_NAME}\Z", lambda _, host, match: (
            f"https://{match[1]}.tumblr.com/rss" if host == "tumblr.com" else ""
        )),
        (r"/tagged/([^/]{1,100})\Z", _at("/tagged/{1}/rss")),
        (r".*", lambda address, host, _: f"https://{host}/rss" if host != "tumblr.com" else ""),
    ),
    "blogspot.com": (
        (r"/search/label/([^/]{1,100})\Z", _at("/feeds/posts/default/-/{1}")),
        (r".*", _at("/feeds/posts/default")),
    ),
    "wordpress.com": ((r"/(?:category|tag|author)/[^/]{1,100}\Z", _at("{0}/feed/")), (r".*", _at("/feed/"))),
    "stackoverflow.com": _STACK, "stackexchange.com": _STACK, "serverfault.com": _STACK, "superuser.com": _STACK,
    "askubuntu.com": _STACK, "mathoverflow.net": _STACK,
    "lemmy.world": _LEMMY, "lemmy.ml": _LEMMY,
    "news.ycombinator.com": ((r"(?:/news|/newest|/front)?\Z", _on("https://news.ycombinator.com/rss")),),
    "mastodon.social": _MASTODON,
}  # fmt: skip
_ANY_HOST: Final[_Rules] = (*_MASTODON, *_LEMMY)
"""Any host may be one of the many that run Mastodon (or speak its addresses) or Lemmy: guesses."""


def _apply(rules: _Rules, address: URL, host: str, path: str) -> Iterator[str]:
    """What the rules make of the page's path: the first that match, and others that match the very same path."""
    met = None
    for pattern, make in rules:
        match = re.match(pattern, path)
        if match is None or (met is not None and pattern != met):
            continue
        met = pattern
        made = make(address, host, match)
        if made:
            yield made

"""The web pages: the same memory in a browser, as everybody may see it. Reads only; without scripts.

An address (`bot.web.address`) -> services -> plain values (`bot.web.view`) -> a template or a feed -> an `Answer`,
which the shelf keeps. The one handler of what goes wrong is here too: an error is a page that says what to do.
Never: what one server alone sees, a Host header in a link unless it is an address in digits, or a traceback.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from http import HTTPStatus
from importlib.resources import files
from ipaddress import ip_address

from aiohttp import web
from yarl import URL

from bot.clock import Clock
from bot.errors import StorageUnavailable, UserError
from bot.filter_model import FilterError
from bot.log import get_logger
from bot.services.days import DayService
from bot.services.news import NewsService
from bot.services.sources import SourceService
from bot.services.top import TopService
from bot.services.trends import TrendService
from bot.web.address import PATH_LIMIT, QUERY_LIMIT, Asked, Form, Paths, read
from bot.web.answers import Answer, answer, response
from bot.web.html import Templates
from bot.web.make import HTML, Maker, Missing, Moved
from bot.web.shelf import Busy, Shelf

log = get_logger(__name__)

STATIC = {"style.css": "text/css; charset=utf-8", "favicon.svg": "image/svg+xml"}
YEAR = 31_536_000
HOUR = 3_600
ROBOTS = "User-agent: *\nDisallow: {prefix}/search\nDisallow: {prefix}/*?\n"
"""Each page stands under many addresses with filters: those without are enough."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """What an answer depends on."""

    asked: Asked
    origin: str
    """Of a feed, which has absolute links: scheme and host; empty of a page."""


class Pages:
    """Answers browsers and feed readers; made by `open_pages`."""

    def __init__(self, maker: Maker, templates: Templates, clock: Clock, *, public: URL | None) -> None:
        self._maker = maker
        self._templates = templates
        self._public = public
        self._paths = maker.paths
        self._static = {f"/static/{name}": _static(name, kind) for name, kind in STATIC.items()}
        self._static["/favicon.ico"] = self._static["/static/favicon.svg"]
        self._static["/robots.txt"] = answer(
            ROBOTS.format(prefix=self._paths.prefix).encode(), "text/plain; charset=utf-8", max_age=HOUR
        )
        self.shelf: Shelf[Key] = Shelf(lambda key: maker.make(key.asked, key.origin), clock)

    def routes(self) -> list[web.RouteDef]:
        """One route for all that no other takes."""
        return [web.route("*", "/{path:.*}", self._handle)]

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        try:
            return response(await self._answer(request), request)
        except Exception as error:  # noqa: BLE001 - the one handler of what goes wrong in a page
            return response(self._error(error), request)

    async def _answer(self, request: web.Request) -> Answer:
        path, query = request.rel_url.raw_path, request.rel_url.raw_query_string
        if request.method not in ("GET", "HEAD"):
            return self._told(
                HTTPStatus.METHOD_NOT_ALLOWED, "Pages are only read: GET and HEAD.", {"Allow": "GET, HEAD"}
            )
        if len(path) > PATH_LIMIT or len(query) > QUERY_LIMIT:
            return self._told(HTTPStatus.REQUEST_URI_TOO_LONG, "That address is too long: ask for less at a time.")
        if (found := self._static.get(path)) is not None:
            return found
        origin = self._origin(request)
        if origin is None:
            return self._told(
                HTTPStatus.MISDIRECTED_REQUEST,
                "These pages answer under their own address only. Their operator sets it as DATELINE_PUBLIC_URL.",
            )
        read_as = read(path, query)
        if read_as is None:
            raise Missing("There is no such page.")
        asked, tidy = read_as
        if not tidy:
            raise Moved(self._paths.page(asked))
        return await self.shelf.get(Key(asked=asked, origin=origin if asked.form is not Form.HTML else ""))

    def _origin(self, request: web.Request) -> str | None:
        """Scheme and host for absolute links; None where the request names a host that need not be ours.

        Without a public address the header is believed where it cannot be the name of somebody else's site: an address
        in digits, or localhost (so that no page of another site reads these by DNS rebinding).
        """
        if self._public is not None:
            return str(self._public.origin())
        try:
            told = URL(f"http://{request.headers.get('Host', '')}")
            host = told.raw_host or ""
            if told.raw_user is not None or told.path_qs not in ("", "/"):
                return None
            if host != "localhost":
                ip_address(host)
        except ValueError:
            return None
        return str(told.origin())

    def _error(self, error: Exception) -> Answer:
        match error:
            case Moved():
                location = {"Location": error.location}
                return answer(b"", HTML, status=HTTPStatus.MOVED_PERMANENTLY, max_age=HOUR, headers=location)
            case Missing():
                return self._told(HTTPStatus.NOT_FOUND, str(error), suggestions=error.suggestions)
            case FilterError():
                return self._told(HTTPStatus.BAD_REQUEST, error.reason, detail=error.pointed())
            case UserError():
                return self._told(HTTPStatus.BAD_REQUEST, str(error))
            case Busy() | TimeoutError():
                log.info("page refused", problem=type(error).__name__)
                text = "Too much is asked for at this moment. Try again in a few seconds."
                return self._told(HTTPStatus.SERVICE_UNAVAILABLE, text, {"Retry-After": "5"})
            case StorageUnavailable():
                log.warning("storage unavailable", problem=str(error))
                text = "The memory cannot be read at this moment. Try again in a minute."
                return self._told(HTTPStatus.SERVICE_UNAVAILABLE, text, {"Retry-After": "60"})
            case web.HTTPException():
                return self._told(HTTPStatus(error.status), "That request cannot be answered.")
            case _:
                reference = secrets.token_hex(4)
                log.error("page failed", reference=reference, exc_info=error)
                text = f"Something went wrong, and it is not your fault. Tell the operator this reference: {reference}"
                return self._told(HTTPStatus.INTERNAL_SERVER_ERROR, text)

    def _told(
        self,
        status: HTTPStatus,
        text: str,
        headers: Mapping[str, str] | None = None,
        *,
        detail: str = "",
        suggestions: tuple[str, ...] = (),
    ) -> Answer:
        body = self._templates.fill(
            "error",
            paths=self._paths,
            title=status.phrase if status is not HTTPStatus.MISDIRECTED_REQUEST else "Wrong address",
            text=text,
            detail=detail,
            suggestions=suggestions,
            style=self._maker.style,
        )
        fields = {**(headers or {}), "X-Robots-Tag": "noindex"}
        return answer(body.encode("utf-8", "replace"), HTML, status=status, headers=fields)


def _static(name: str, kind: str) -> Answer:
    return answer(_read(name), kind, max_age=YEAR)


def _read(name: str) -> bytes:
    return (files("bot.web") / "static" / name).read_bytes()


def style_version() -> str:
    """Names the style sheet as it is, so that browsers may keep it for a year."""
    return hashlib.blake2b(_read("style.css"), digest_size=6).hexdigest()


@asynccontextmanager
async def open_pages(
    *,
    ask: NewsService,
    trends: TrendService,
    top: TopService,
    days: DayService,
    sources: SourceService,
    clock: Clock,
    public_url: str | None,
) -> AsyncIterator[Pages]:
    """The pages, under a public address where there is one; what is being made is ended with the context."""
    public = None if public_url is None else URL(public_url)
    templates = Templates()
    maker = Maker(
        ask=ask,
        trends=trends,
        top=top,
        days=days,
        sources=sources,
        clock=clock,
        templates=templates,
        paths=Paths("" if public is None else public.raw_path.rstrip("/")),
        style=style_version(),
    )
    pages = Pages(maker, templates, clock, public=public)
    try:
        yield pages
    finally:
        await pages.shelf.close()

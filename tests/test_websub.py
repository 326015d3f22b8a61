"""WebSub end to end on loopback: a hub that is asked, asks back, and calls; a feed that is polled when it does."""

from __future__ import annotations

import hashlib
import hmac
import io
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs

import aiohttp
import pytest
import pytest_asyncio
from aiohttp import web as server

from bot.errors import ConfigError
from bot.feeds.fetch import Fetcher
from bot.model import OPERATOR, FetchFailed
from bot.web.hooks import DENIED, MAX_BODY, Hooks
from bot.web.server import serving
from bot.workers.hubs import FIRST_WAIT, Hubs
from tests.test_ingest import PACT, VOTES, Desk, desk, parser, rss, tagger

__all__ = ["desk", "parser", "tagger"]

pytestmark = pytest.mark.asyncio(loop_scope="module")

ATOM = "http://www.w3.org/2005/Atom"


@dataclass(kw_only=True)
class Scene:
    """A feed with a hub, and our own address that the hub may call."""

    desk: Desk
    hubs: Hubs
    hook: str
    woken: list[bool]
    session: aiohttp.ClientSession
    """The hub's own."""
    named: str
    """The hub's address, as the feed names it."""
    asked: list[Mapping[str, list[str]]] = field(default_factory=list)
    status: int = 202

    async def hub(self, request: server.Request) -> server.Response:
        self.asked.append(parse_qs(await request.text()))
        return server.Response(status=self.status)

    @property
    def form(self) -> dict[str, str]:
        return {name: values[0] for name, values in self.asked[-1].items()}

    async def get(self, **query: str) -> tuple[int, str]:
        """What we answer the hub's question."""
        named = {f"hub.{name}": value for name, value in query.items()}
        async with self.session.get(self.form["hub.callback"], params=named) as answer:
            return answer.status, await answer.text()

    async def post(self, body: bytes = b"<rss/>", *, signature: str | None = None) -> int:
        headers = {} if signature is None else {"X-Hub-Signature": signature}
        async with self.session.post(self.form["hub.callback"], data=io.BytesIO(body), headers=headers) as answer:
            return answer.status

    async def confirm(self) -> None:
        answer = await self.get(mode="subscribe", topic=self.form["hub.topic"], challenge="c1", lease_seconds="864000")
        assert answer == (200, "c1")

    def sign(self, body: bytes = b"<rss/>") -> str:
        return "sha256=" + hmac.new(self.form["hub.secret"].encode(), body, hashlib.sha256).hexdigest()

    async def poll(self, *items: tuple[str, str]) -> None:
        links = f'<link xmlns="{ATOM}" rel="hub" href="{self.named}"/>'
        links += f'<link xmlns="{ATOM}" rel="self" href="{self.desk.web.url("/f?self")}"/>'
        self.desk.web.answer("/f", rss(*items, head=links))
        assert (await self.desk.poll("/f", self.desk.ingest(with_hubs=True))).problem is None


class Unwrapped(Fetcher):
    """Asks the hubs of the loopback, which has no TLS, as if it had."""

    async def submit(self, url: str, form: Mapping[str, str]) -> FetchFailed | None:
        return await super().submit(url.replace("https:", "http:", 1), form)


@asynccontextmanager
async def staged(desk: Desk, named: str) -> AsyncIterator[Scene]:
    woken: list[bool] = []
    hooks = Hooks(desk.stores.hubs, desk.clock, on_call=lambda: woken.append(True))
    async with (
        aiohttp.ClientSession() as session,
        serving(hooks.routes(), host="127.0.0.1", port=0, max_body=MAX_BODY) as port,
    ):
        hook = f"http://127.0.0.1:{port}/websub"
        fetcher = Unwrapped(desk.session, desk.policy, clock=desk.clock)
        hubs = Hubs(desk.stores.hubs, fetcher, desk.clock, callback=hook)
        scene = Scene(desk=desk, hubs=hubs, hook=hook, woken=woken, session=session, named=named)
        desk.web.answer("/hub", scene.hub)
        await desk.watch("/f")
        await scene.poll(VOTES)
        yield scene


@pytest_asyncio.fixture(loop_scope="module")
async def scene(desk: Desk) -> AsyncIterator[Scene]:
    async with staged(desk, desk.web.url("/hub").replace("http:", "https:")) as scene:
        yield scene


@pytest_asyncio.fixture(loop_scope="module")
async def in_the_clear(desk: Desk) -> AsyncIterator[Scene]:
    async with staged(desk, desk.web.url("/hub")) as scene:
        yield scene


async def test_a_hub_is_asked_confirms_and_its_call_makes_the_feed_due(scene: Scene) -> None:
    desk = scene.desk
    assert await scene.hubs.step()
    assert not await scene.hubs.step(), "once"
    assert scene.form["hub.mode"] == "subscribe"
    assert scene.form["hub.topic"] == desk.web.url("/f?self")
    assert scene.form["hub.callback"].startswith(scene.hook)
    await scene.confirm()
    desk.clock.move(timedelta(minutes=5))
    due = (await desk.source("/f")).due_at
    assert due > desk.clock.now()
    assert await scene.post(signature=scene.sign()) == 202
    assert (await desk.source("/f")).due_at == desk.clock.now()
    assert scene.woken == [True]
    await scene.poll(PACT, VOTES)
    assert await desk.unfiled() == [PACT[0]]


async def test_a_hub_asked_in_the_clear_is_told_no_secret_and_signs_nothing(in_the_clear: Scene) -> None:
    scene, desk = in_the_clear, in_the_clear.desk
    assert await scene.hubs.step()
    assert "hub.secret" not in scene.form
    await scene.confirm()
    desk.clock.move(timedelta(minutes=5))
    assert await scene.post() == 202
    assert (await desk.source("/f")).due_at == desk.clock.now()
    assert scene.woken == [True]


async def test_calls_without_a_right_signature_do_nothing_and_are_answered_alike(scene: Scene) -> None:
    await scene.hubs.step()
    await scene.confirm()
    scene.desk.clock.move(timedelta(minutes=5))
    before = (await scene.desk.source("/f")).due_at
    right = scene.sign()
    for signature in (None, "", "sha256=" + "0" * 64, right.replace("sha256", "sha512"), "nonsense"):
        assert await scene.post(signature=signature) == 202
    assert await scene.post(b"another body", signature=right) == 202
    assert (await scene.desk.source("/f")).due_at == before
    assert scene.woken == []


async def test_a_hub_that_calls_without_end_is_heard_once_a_minute(scene: Scene) -> None:
    await scene.hubs.step()
    await scene.confirm()
    began, ingest, polled = scene.desk.clock.now(), scene.desk.ingest(), list[float]()
    for _ in range(36):
        await scene.post(signature=scene.sign())
        if await ingest.step():
            polled.append((scene.desk.clock.now() - began).total_seconds())
        scene.desk.clock.move(timedelta(seconds=10))
    assert polled == [0, 60, 120, 180, 240, 300]


async def test_a_call_within_a_minute_of_another_is_put_off_to_its_end(scene: Scene) -> None:
    desk = scene.desk
    await scene.hubs.step()
    await scene.confirm()
    first = desk.clock.move(timedelta(minutes=5))
    await scene.post(signature=scene.sign())
    await scene.poll(VOTES)
    for seconds in (20, 59):
        desk.clock.move(first + timedelta(seconds=seconds) - desk.clock.now())
        await scene.post(signature=scene.sign())
        assert (await desk.source("/f")).due_at == first + timedelta(minutes=1)
    assert scene.woken == [True], "nothing is due yet"


async def test_calls_are_heard_when_the_clock_was_set_back(scene: Scene) -> None:
    await scene.hubs.step()
    await scene.confirm()
    scene.desk.clock.move(timedelta(minutes=5))
    await scene.post(signature=scene.sign())
    await scene.poll(VOTES)
    scene.desk.clock.jump(-timedelta(hours=2))
    await scene.post(signature=scene.sign())
    assert (await scene.desk.source("/f")).due_at == scene.desk.clock.now()


@pytest.mark.parametrize("due", [True, False])
@pytest.mark.parametrize(
    "answer", [{"text": rss(VOTES)}, {"text": rss(PACT, VOTES)}, {"status": 500}], ids=["unchanged", "changed", "fails"]
)
async def test_a_call_during_a_poll_makes_the_feed_due_after_it(
    scene: Scene, answer: Mapping[str, Any], due: bool
) -> None:
    desk = scene.desk

    async def slow(_: server.Request) -> server.Response:
        desk.clock.move(timedelta(seconds=1))
        await scene.post(signature=scene.sign())
        return server.Response(content_type="application/rss+xml", **answer)

    await scene.hubs.step()
    await scene.confirm()
    desk.web.answer("/f", rss(VOTES))
    await desk.poll("/f")
    source = await desk.source("/f")
    begun = desk.clock.move(source.due_at - desk.clock.now() + timedelta(minutes=2 if due else -5))
    desk.web.answer("/f", slow)
    if due:
        assert await desk.ingest().step()
    else:
        await desk.poll("/f")
    assert (await desk.source("/f")).due_at == begun + timedelta(seconds=1)
    assert scene.woken == [True]


async def test_a_second_call_during_a_poll_is_put_off_to_the_end_of_the_minute(scene: Scene) -> None:
    desk = scene.desk

    async def slow(_: server.Request) -> server.Response:
        desk.clock.move(timedelta(seconds=5))
        await scene.post(signature=scene.sign())
        return server.Response(text=rss(PACT, VOTES), content_type="application/rss+xml")

    await scene.hubs.step()
    await scene.confirm()
    first = desk.clock.move(timedelta(minutes=5))
    await scene.post(signature=scene.sign())
    desk.web.answer("/f", slow)
    assert await desk.ingest().step()
    assert (await desk.source("/f")).due_at == first + timedelta(minutes=1)


async def test_the_lease_is_renewed_before_it_ends(scene: Scene) -> None:
    await scene.hubs.step()
    await scene.confirm()
    scene.desk.clock.move(timedelta(days=7))
    assert not await scene.hubs.step()
    scene.desk.clock.move(timedelta(hours=13))
    assert await scene.hubs.step()
    assert len(scene.asked) == 2
    assert scene.asked[0]["hub.callback"] == scene.asked[1]["hub.callback"]
    await scene.poll(VOTES)
    assert await scene.post(signature=scene.sign()) == 202, "and calls are heard meanwhile"
    assert scene.woken == [True]


async def test_a_hub_that_does_not_answer_is_asked_later_and_later(scene: Scene) -> None:
    scene.status = 503
    waits = []
    for _ in range(4):
        assert await scene.hubs.step()
        due = await scene.desk.stores.hubs.next_due()
        assert due is not None
        waits.append(due - scene.desk.clock.now())
        scene.desk.clock.move(waits[-1])
    assert waits == [FIRST_WAIT, FIRST_WAIT * 2, FIRST_WAIT * 4, FIRST_WAIT * 8]


@pytest.mark.parametrize("status", [202, 503])
async def test_a_hub_that_confirms_before_it_answers_is_asked_when_its_lease_ends(scene: Scene, status: int) -> None:
    async def hub(request: server.Request) -> server.Response:
        answer = await scene.hub(request)
        await scene.confirm()
        return answer

    scene.status = status
    scene.desk.web.answer("/hub", hub)
    for _ in range(2):
        assert await scene.hubs.step()
        due = await scene.desk.stores.hubs.next_due()
        assert due == scene.desk.clock.now() + timedelta(days=7.5)
        scene.desk.clock.move(timedelta(days=7.5))


async def test_a_hub_that_denies_before_it_answers_is_left_alone(scene: Scene) -> None:
    async def hub(request: server.Request) -> server.Response:
        answer = await scene.hub(request)
        assert (await scene.get(mode="denied", topic=scene.form["hub.topic"], reason="no"))[0] == 200
        return answer

    scene.desk.web.answer("/hub", hub)
    assert await scene.hubs.step()
    assert await scene.desk.stores.hubs.next_due() == scene.desk.clock.now() + DENIED
    assert await scene.post() == 410


async def test_only_what_we_asked_for_is_confirmed(scene: Scene) -> None:
    await scene.hubs.step()
    topic = scene.form["hub.topic"]
    assert (await scene.get(mode="subscribe", topic="https://other.example/", challenge="c"))[0] == 404
    assert (await scene.get(mode="subscribe", topic=topic))[0] == 404
    assert (await scene.get(mode="subscribe", topic=topic, challenge="c" * 5000))[0] == 404
    assert (await scene.get(mode="unsubscribe", topic=topic, challenge="c"))[0] == 404, "we never asked to stop"
    assert (await scene.get(topic=topic, challenge="c"))[0] == 404
    async with scene.session.get(f"{scene.hook}/wrong", params={"hub.mode": "subscribe"}) as answer:
        assert answer.status == 404
    async with scene.session.post(f"{scene.hook}/wrong", data=b"x") as answer:
        assert answer.status == 410


async def test_a_hub_may_deny_and_is_left_alone_for_a_week(scene: Scene) -> None:
    await scene.hubs.step()
    assert (await scene.get(mode="denied", topic=scene.form["hub.topic"], reason="no\nthank you"))[0] == 200
    due = await scene.desk.stores.hubs.next_due()
    assert due == scene.desk.clock.now() + DENIED
    assert await scene.post(signature="sha256=" + "0" * 64) == 410


async def test_what_is_no_longer_watched_is_gone_for_its_hub(scene: Scene) -> None:
    await scene.hubs.step()
    await scene.confirm()
    source = await scene.desk.source("/f")
    await scene.desk.stores.sources.pause(OPERATOR, source.id, True, now=scene.desk.clock.now())
    assert await scene.post() == 410
    assert (await scene.get(mode="unsubscribe", topic=scene.form["hub.topic"], challenge="bye")) == (200, "bye")
    assert (await scene.get(mode="subscribe", topic=scene.form["hub.topic"], challenge="c"))[0] == 404


async def test_without_a_public_address_no_hub_is_asked(desk: Desk) -> None:
    link = f'<link xmlns="{ATOM}" rel="hub" href="{desk.web.url("/hub")}"/>'
    desk.web.answer("/f", rss(PACT, head=link))
    await desk.watch("/f")
    await desk.poll("/f")
    assert await desk.stores.hubs.next_due() is None


async def test_a_call_that_is_too_large_is_refused(scene: Scene) -> None:
    await scene.hubs.step()
    await scene.confirm()
    assert await scene.post(b"x" * (MAX_BODY + 1), signature="sha256=" + "0" * 64) == 413
    assert scene.woken == []


async def test_an_address_that_cannot_be_listened_on_is_said_plainly(scene: Scene) -> None:
    port = int(scene.hook.split(":")[2].split("/")[0])
    with pytest.raises(ConfigError, match=r"DATELINE_LISTEN: 127\.0\.0\.1:\d+ cannot be had"):
        async with serving([], host="127.0.0.1", port=port, max_body=1):
            pass
    async with aiohttp.ClientSession() as session, session.get(f"http://127.0.0.1:{port}/") as answer:
        assert answer.status == 404

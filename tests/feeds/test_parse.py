"""The pool of parsing processes: what it gives, what it withstands, and that nothing of it stays behind."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path

import pytest

from bot.feeds.parse import Parser
from bot.feeds.parse_document import parse_document
from bot.model import Document, FailureKind, FetchFailed
from tests.feeds.conftest import rss

GOOD = rss(
    *(
        f"<title>Item {number} ü</title><link>https://a.example/{number}</link><guid>g{number}</guid>"
        f"<pubDate>Mon, 23 Nov 2026 10:00:00 GMT</pubDate><category>Trade</category><author>a@b.org (Ann)</author>"
        for number in range(120)
    ),
    head="<title>F</title><language>en</language><ttl>30</ttl>"
    "<skipHours><hour>3</hour><hour>4</hour></skipHours><skipDays><day>Sunday</day></skipDays>",
)
# An ill-formed document whose author feedparser's regular expression is slow on (catalogue F31).
SLOW = rss("<title>A</title><author>" + "a" * 60_000 + "@" + "a." * 20_000 + "</author><p>", "<title>B</title>")
URL = "https://news.example/feed"


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in ("Z", "X")
    except OSError:
        return False


def known_of(pid: int) -> bytes:
    return Path(f"/proc/{pid}/environ").read_bytes() + Path(f"/proc/{pid}/cmdline").read_bytes()


async def gone(*pids: int) -> bool:
    for _ in range(200):
        if not any(map(alive, pids)):
            return True
        await asyncio.sleep(0.01)
    return False


async def test_it_gives_what_the_same_code_gives_in_this_process() -> None:
    async with Parser(workers=1) as parser:
        for body in (GOOD, b"", b"<html>", rss("<title>cut")):
            here = parse_document(body, url=URL, content_type="text/xml")
            assert await parser.parse(body, url=URL, content_type="text/xml") == here


async def test_processes_end_with_the_parser() -> None:
    async with Parser(workers=2) as parser:
        pids = parser.processes
        assert len(pids) == 2
        assert isinstance(await parser.parse(GOOD, url=URL), Document)
        assert parser.processes == pids
    assert not parser.processes
    assert await gone(*pids)
    with pytest.raises(RuntimeError, match="closed"):
        await parser.parse(GOOD, url=URL)


async def test_f31_a_hostile_document_delays_nobody() -> None:
    async with Parser(workers=1, deadline=600, slow=0.05) as parser:
        hostile = asyncio.create_task(parser.parse(SLOW, url=URL))
        await asyncio.sleep(0)
        for _ in range(3):
            assert isinstance(await parser.parse(GOOD, url=URL), Document)
        assert not hostile.done()
        hostile.cancel()
        with pytest.raises(asyncio.CancelledError):
            await hostile


async def test_f31_a_hostile_document_is_killed() -> None:
    async with Parser(workers=1, deadline=1.5) as parser:
        (pid,) = parser.processes
        result = await parser.parse(SLOW, url=URL)
        assert isinstance(result, FetchFailed)
        assert result.kind is FailureKind.HOSTILE
        assert "1.5 seconds" in result.detail
        assert await gone(pid)
        for _ in range(50):  # on a busy machine the new process may start slower than the limit
            if isinstance(await parser.parse(GOOD, url=URL), Document):
                break
        else:
            pytest.fail("the process that was killed is not replaced")


async def test_a_killed_process_is_replaced() -> None:
    async with Parser(workers=1) as parser:
        (pid,) = parser.processes
        os.kill(pid, signal.SIGKILL)
        assert await gone(pid)
        assert isinstance(await parser.parse(GOOD, url=URL), Document)
        assert pid not in parser.processes


async def test_memory_is_capped() -> None:
    # One character beyond the BMP makes Python hold four bytes for each of nine million.
    body = rss("<title>A</title>" + f"<!-- {'x' * 9_000_000}😀 -->")
    async with Parser(workers=1, memory=80 * 1024 * 1024) as parser:
        result = await parser.parse(body, url=URL)
        assert isinstance(result, FetchFailed)
        assert result.kind is FailureKind.HOSTILE
        assert isinstance(await parser.parse(GOOD, url=URL), Document)


async def test_a_cancelled_parse_leaves_no_process_and_no_place_taken() -> None:
    async with Parser(workers=1) as parser:
        (pid,) = parser.processes
        task = asyncio.create_task(parser.parse(SLOW, url=URL))
        await asyncio.sleep(0.05)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert await gone(pid)
        assert isinstance(await parser.parse(GOOD, url=URL), Document)


async def test_signals_of_the_terminal_and_of_the_service_manager_are_ignored() -> None:
    async with Parser(workers=1) as parser:
        (pid,) = parser.processes
        os.kill(pid, signal.SIGINT)
        os.kill(pid, signal.SIGTERM)
        assert isinstance(await parser.parse(GOOD, url=URL), Document)
        assert parser.processes == (pid,)


async def test_no_secret_reaches_a_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATELINE_TOKEN", "secret")
    async with Parser(workers=1) as parser:
        known = known_of(parser.processes[0])
    assert b"DATELINE" not in known
    assert b"secret" not in known


async def test_a_body_beyond_the_pipes_room_does_not_hold_the_loop() -> None:
    body = rss("<title>A</title>" + f"<!-- {'x' * 8_000_000} -->")
    turns = 0

    async def tick() -> None:
        nonlocal turns
        while turns <= 100:  # and no more: it would keep a processor busy
            await asyncio.sleep(0)
            turns += 1

    async with Parser(workers=1) as parser:
        ticking = asyncio.create_task(tick())
        result = await parser.parse(body, url=URL, language="en")
        ticking.cancel()
    assert isinstance(result, Document)
    assert turns > 100


CHILD = """
import asyncio, sys
from bot.feeds.parse import Parser
async def main():
    async with Parser(workers=2) as parser:
        slow = asyncio.create_task(parser.parse(sys.stdin.buffer.read(), url="https://a.example/"))
        await asyncio.sleep(0.1)
        print(*parser.processes, flush=True)
        await slow
asyncio.run(main())
"""


async def test_processes_die_with_a_parent_that_is_killed() -> None:
    parent = await asyncio.create_subprocess_exec(
        sys.executable, "-c", CHILD, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    assert parent.stdin is not None
    assert parent.stdout is not None
    parent.stdin.write(SLOW)
    parent.stdin.close()
    pids = [int(word) for word in (await parent.stdout.readline()).split()]
    assert len(pids) == 2
    assert all(map(alive, pids))
    parent.kill()
    await parent.wait()
    assert await gone(*pids)


async def test_a_worker_of_a_large_parent_is_not_taken_for_a_large_one() -> None:
    """Linux hands a parent's peak memory down through exec: a worker judged by it would end after each document."""
    ballast = b"x" * (512 << 20)
    async with Parser(workers=1) as parser:
        pids = parser.processes
        assert isinstance(await parser.parse(GOOD, url=URL), Document)
        assert parser.processes == pids
    assert len(ballast) > 0

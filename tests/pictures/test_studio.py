"""The process that draws: started once, kept to its time, mended, and ended."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from datetime import date

import pytest
import pytest_asyncio

from bot.pictures import studio as module
from bot.pictures.studio import NotDrawn, Studio
from bot.pictures.subjects import Bars, Lines

HERE = pytest.mark.asyncio(loop_scope="module")


def bars(number: int) -> Bars:
    return Bars(panels=((("GB", number),),))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def studio() -> AsyncIterator[Studio]:
    found = Studio()
    yield found
    await found.close()


def process(studio: Studio) -> asyncio.subprocess.Process:
    found = studio._process
    assert found is not None
    return found


@HERE
async def test_who_asks_the_same_at_once_gets_one_picture_and_later_the_kept_one(studio: Studio) -> None:
    one, other = await asyncio.gather(studio.draw(bars(1)), studio.draw(bars(1)))
    assert one is other
    assert one.startswith(b"\x89PNG")
    assert await studio.draw(bars(1)) is one


@HERE
async def test_a_process_that_died_is_replaced(studio: Studio) -> None:
    await studio.draw(bars(2))
    os.kill(process(studio).pid, signal.SIGKILL)
    try:
        await studio.draw(bars(3))
    except NotDrawn:  # it was found out as we asked
        assert await studio.draw(bars(3))
    assert (await studio.draw(bars(4))).startswith(b"\x89PNG")


@HERE
async def test_what_cannot_be_drawn_does_no_harm_to_the_next(studio: Studio) -> None:
    await studio.draw(bars(14))
    await studio.draw(bars(15))  # the first one may be kept, and the process at rest
    before = process(studio)
    with pytest.raises(NotDrawn, match="went wrong"):
        await studio.draw(Lines(days=(), counts=((),)))
    assert await studio.draw(bars(5))
    assert process(studio) is before


@HERE
async def test_what_takes_too_long_is_ended(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    await studio.draw(bars(6))
    slow = process(studio)
    monkeypatch.setattr(module, "DEADLINE", 0.001)
    with pytest.raises(NotDrawn, match="too long"):
        await studio.draw(Lines(days=(date(2026, 11, 26),), counts=((1,),)))
    assert slow.returncode is not None
    monkeypatch.undo()
    assert await studio.draw(bars(7))


@HERE
async def test_one_who_gives_up_does_not_end_it_for_the_others(studio: Studio) -> None:
    first = asyncio.create_task(studio.draw(bars(8)))
    second = asyncio.create_task(studio.draw(bars(8)))
    await asyncio.sleep(0)
    first.cancel()
    assert (await second).startswith(b"\x89PNG")


@HERE
async def test_it_rests_when_nobody_asks(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "REST", 0.05)
    await studio.draw(bars(9))
    resting = process(studio)
    assert await asyncio.wait_for(resting.wait(), 10) == 0
    assert (await studio.draw(bars(10))).startswith(b"\x89PNG")


@HERE
async def test_few_pictures_are_kept(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "KEPT", 2)
    first = await studio.draw(bars(11))
    await studio.draw(bars(12))
    await studio.draw(bars(13))
    assert len(studio._kept) == 2
    assert await studio.draw(bars(11)) is not first


async def test_without_the_library_it_is_said_once(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(module, "find_spec", lambda _: None)
    bare = Studio()
    for _ in range(2):
        with pytest.raises(NotDrawn):
            await bare.draw(bars(1))
    assert capsys.readouterr().out.count("dateline[charts]") == 1


async def test_closed_it_draws_nothing() -> None:
    closed = Studio()
    await closed.close()
    with pytest.raises(NotDrawn):
        await closed.draw(bars(1))

"""What the web server serves, by the settings: nothing unless it is told to, and hooks and pages beside one another."""

from __future__ import annotations

from pathlib import Path

import aiohttp
import pytest

from bot.app import listening
from bot.config import Settings
from bot.errors import ConfigError
from bot.house import open_house
from tests.support import HeldClock, new_database

HOOK = "/websub/0123456789?hub.mode=subscribe&hub.topic=x&hub.challenge=1"


async def answers(folder: Path, **said: object) -> dict[str, tuple[int, str]] | None:
    """What is answered to the front page, a hub, and a page that is none; None where nobody listens."""
    plain = Settings(database=str(new_database(folder)), catalogue="none", listen="127.0.0.1:0")
    async with (
        open_house(plain.model_copy(update=said), clock=HeldClock(), holder="w") as house,
        listening(house) as port,
        aiohttp.ClientSession() as session,
    ):
        if port is None:
            return None
        found = {}
        for path in ("/", HOOK, "/nothing"):
            async with session.get(f"http://127.0.0.1:{port}{path}") as answer:
                found[path] = answer.status, answer.headers.get("Server", "")
        return found


async def test_nobody_listens_unless_told_to(tmp_path: Path) -> None:
    assert await answers(tmp_path) is None
    assert Settings().listen.startswith("127.0.0.1:")


async def test_pages_alone(tmp_path: Path) -> None:
    found = await answers(tmp_path, web=True)
    assert found is not None
    assert [status for status, _ in found.values()] == [200, 404, 404]
    assert {server for _, server in found.values()} == {"Dateline"}


async def test_hooks_alone_have_no_pages(tmp_path: Path) -> None:
    found = await answers(tmp_path, public_url="https://news.example.org")
    assert found is not None
    assert [status for status, _ in found.values()] == [404, 404, 404]
    assert found["/"][1] != "Dateline"


async def test_both_at_one_address(tmp_path: Path) -> None:
    found = await answers(tmp_path, web=True, public_url="https://news.example.org")
    assert found is not None
    assert [status for status, _ in found.values()] == [200, 404, 404]
    assert found[HOOK][1] != "Dateline", "a hub is answered by the hooks"


async def test_a_port_that_is_taken_is_an_error_that_names_the_setting(tmp_path: Path) -> None:
    settings = Settings(database=str(new_database(tmp_path)), catalogue="none", web=True, listen="127.0.0.1:0")
    async with open_house(settings, clock=HeldClock(), holder="w") as house, listening(house) as port:
        taken = settings.model_copy(update={"listen": f"127.0.0.1:{port}"})
        async with open_house(taken, clock=HeldClock(), holder="x") as other:
            with pytest.raises(ConfigError, match="DATELINE_LISTEN"):
                async with listening(other):
                    pass

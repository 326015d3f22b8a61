"""The terminal: the real command line in processes of its own, against feeds on loopback."""

from __future__ import annotations

import json
import os
import re
import sqlite3
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Protocol

import pytest
import pytest_asyncio

from bot.feeds.fetch import MAX_BYTES
from bot.model import Category
from storage import dialects
from tests.databases import Postgres
from tests.loopback import Web
from tests.terminal import Ran, Terminal, python

pytestmark = pytest.mark.asyncio(loop_scope="module")

TOKEN = "MTIzNDU2Nzg5.Gabcde.very-secret-part_of-a-token"
NOW = datetime.now(UTC)
STORIES = (
    (
        "Japan and the Philippines sign a security cooperation pact",
        "Tokyo and Manila agreed on Monday to deepen security cooperation in the South China Sea. " * 4,
        1,
    ),
    ("Poland buys 32 fighter jets", "The fighter jets will arrive in 2028, the ministry in Warsaw said.", 3),
    ("Brazil counts its votes", "Brazil elected a president on Sunday.", 24 * 9),
    ("[bold]Trade[/bold] talks \x1b[31m go on", "Ministers met in Geneva for trade talks.", 5),
)


class Dateline(Protocol):
    """`dateline ARGUMENTS` in this test's folder."""

    async def __call__(self, *arguments: str, given: str = "", **settings: str) -> Ran: ...


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def terminal() -> AsyncIterator[Terminal]:
    async with Terminal() as terminal:
        yield terminal


@pytest_asyncio.fixture(loop_scope="module")
async def web() -> AsyncIterator[Web]:
    async with Web() as web:
        web.answer("/world.xml", feed(*STORIES))
        yield web


@pytest.fixture
def dateline(terminal: Terminal, tmp_path: Path, web: Web) -> Dateline:
    defaults = {"DATELINE_CATALOGUE": "none", "DATELINE_ALLOW_PRIVATE": web.allowed, "DATELINE_PARSERS": "1"}

    async def run(*arguments: str, given: str = "", **settings: str) -> Ran:
        return await terminal.run(
            *arguments, folder=tmp_path, given=given.encode(), environment={**defaults, **settings}
        )

    return run


def feed(*stories: tuple[str, str, float], title: str = "The Example") -> str:
    entries = "".join(
        f"<item><title><![CDATA[{headline}]]></title><link>https://news.example/{number}</link>"
        f"<pubDate>{format_datetime(NOW - timedelta(hours=hours))}</pubDate><description>{text}</description></item>"
        for number, (headline, text, hours) in enumerate(stories)
    ).replace("\x1b", "")
    return (
        f'<?xml version="1.0"?><rss version="2.0"><channel><title>{title}</title><language>en</language>'
        f"{entries}</channel></rss>"
    )


def refused(ran: Ran, code: int = 2) -> str:
    """The one plain line on standard error of a command that did nothing."""
    assert ran.code == code, ran
    assert ran.out == ""
    (line,) = ran.err.splitlines()
    assert line.startswith("dateline: ")
    assert "Traceback" not in line
    return line


def done(ran: Ran) -> str:
    """The answer of a command that succeeded without a word on standard error."""
    assert (ran.code, ran.err) == (0, ""), ran
    return ran.out


# --- poll and news -----------------------------------------------------------------------------------------------


async def test_from_a_feed_to_an_answer(dateline: Dateline, web: Web, tmp_path: Path) -> None:
    catalogue = tmp_path / "catalogue.toml"
    catalogue.write_text(
        f'[[source]]\noutlet = "The Example"\nurl = "{web.url("/world.xml")}"\ncountry = "GB"\nlanguage = "en"\n'
        f'[[source]]\noutlet = "The Broken [b]"\nurl = "{web.url("/gone.xml")}"\n',
        encoding="utf-8",
    )
    settings = {"DATELINE_CATALOGUE": str(catalogue)}

    polled = await dateline("poll", "--once", "--json", **settings)
    assert json.loads(done(polled)) == {
        "polled": 2,
        "failed": 1,
        "new": 4,
        "problems": [
            {
                "outlet": "The Broken [b]",
                "url": web.url("/gone.xml"),
                "problem": "There is nothing at this address (404): check whether the feed has moved.",
            }
        ],
    }
    asked = len(web.requests)
    assert done(await dateline("poll", "--once", **settings)) == "0 polled, 0 failed, 0 new items.\n"
    assert len(web.requests) == asked, "nothing is due"

    check_shape(await dateline("news", "securitycooperation", "--json"))
    check_human(done(await dateline("news")))
    await check_filters(dateline)
    await check_orders(dateline)
    await check_nothing_found(dateline)


async def check_orders(dateline: Dateline) -> None:
    ranked = json.loads(done(await dateline("news", "securitycooperation", "--sort", "relevant", "--json")))
    assert (ranked["query"], ranked["total"]) == ({"topic": "securitycooperation", "sort": "relevant"}, 1)
    assert "1 item, most relevant first" in done(await dateline("news", "securitycooperation", "--sort", "relevant"))
    assert "those that most outlets tell first" in done(await dateline("news", "--sort", "biggest"))


def check_shape(ran: Ran) -> None:
    """Issue 2, point 13."""
    answer = json.loads(done(ran))
    assert list(answer) == ["query", "tag", "how", "total", "more", "items", "suggestions"]
    assert answer["query"] == {"topic": "securitycooperation"}
    assert (answer["tag"], answer["how"], answer["total"]) == ("securitycooperation", "exact", 1)
    assert answer["suggestions"] == []
    (item,) = answer["items"]
    assert list(item) == [
        "id",
        "title",
        "url",
        "outlet",
        "published_at",
        "category",
        "extract",
        "language",
        "topics",
        "countries",
    ]
    assert isinstance(item["id"], int)
    assert item["title"] == STORIES[0][0]
    assert item["url"] == "https://news.example/0"
    assert item["outlet"] == "The Example"
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", item["published_at"])
    published = datetime.fromisoformat(item["published_at"].replace("Z", "+00:00"))
    assert published == (NOW - timedelta(hours=1)).replace(microsecond=0)
    assert item["category"] in list(Category)
    assert item["extract"].endswith(("South China Sea.", "…"))
    assert 40 <= len(item["extract"]) <= 220
    assert item["language"] == "en"
    assert "securitycooperation" in item["topics"]
    assert {"code": "JP", "role": "subject"} in item["countries"]
    assert all(list(country) == ["code", "role"] for country in item["countries"])


def check_human(said: str) -> None:
    lines = said.splitlines()
    assert lines[0] == "4 items, newest first"
    assert STORIES[0][0] in lines
    assert "The Example · 1 hour ago · Politics · Japan · Philippines" in lines
    assert any(line.startswith("#") and "#securitycooperation" in line for line in lines)
    old = NOW - timedelta(days=9)
    assert f"The Example · {old:%d %b %Y} · Politics · Brazil" in lines, "a date when older than a week"
    assert "[bold]Trade[/bold] talks [31m go on" in lines, "as it stands in the feed"
    assert [line for line in lines if line in {story[0] for story in STORIES}] == [STORIES[n][0] for n in (0, 1, 2)]
    assert "\x1b" not in said


async def check_filters(dateline: Dateline) -> None:
    for arguments, wanted in (
        (("--country", "Poland"), [1]),
        (("--since", "7d", "--outlet", "the example", "--limit", "1"), [0]),
        (("--since", "7d", "--category", "politics", "--country", "JP"), [0]),
        (("--search", '"fighter jets" 2028'), [1]),
        (("fighterjet",), [1]),
        (("securitycooperation", "--language", "English"), [0]),
        (("--language", "fr"), []),
    ):
        answer = json.loads(done(await dateline("news", *arguments, "--json")))
        assert [item["title"] for item in answer["items"]] == [STORIES[number][0] for number in wanted], arguments


async def check_nothing_found(dateline: Dateline) -> None:
    nothing = json.loads(done(await dateline("news", "cybersecurity", "--json")))
    assert (nothing["items"], nothing["total"], nothing["tag"]) == ([], 0, "cybersecurity")
    assert "securitycooperation" in nothing["suggestions"]
    near = json.loads(done(await dateline("news", "securitycoperation", "--json")))
    assert (near["tag"], near["how"], near["total"]) == ("securitycooperation", "near", 1)
    assert "Try #" in done(await dateline("news", "cybersecurity"))
    nowhere = done(await dateline("news", "--country", "Fiji"))
    assert "0 items" in nowhere
    assert "Nothing is in the memory yet" not in nowhere


async def test_topics_rising_and_big(dateline: Dateline, web: Web) -> None:
    assert "No item in that time" in done(await dateline("topics"))
    for number in range(3):
        web.answer(
            f"/{number}.xml",
            feed(
                (f"Wind, part {number}", "The coast waits for Storm Amelia tonight.", 1),
                (f"Trade talks, part {number}", "Trade talks went on as Storm Amelia came.", 2),
                title=f"Outlet {number}",
            ),
        )
        await dateline("sources", "add", web.url(f"/{number}.xml"), "--outlet", f"Outlet {number}")
    assert (await dateline("poll", "--once", "--json")).json["new"] == 6
    answer = json.loads(done(await dateline("topics", "--since", "7d", "--limit", "1", "--json")))
    assert list(answer) == ["since", "compared_since", "items", "comparable", "rising", "big"]
    assert (answer["items"], answer["comparable"]) == (6, False)
    assert (
        answer["rising"]
        == answer["big"]
        == [{"tag": "stormamelia", "label": "Storm Amelia", "items": 6, "outlets": 3, "ratio": None, "emerging": True}]
    )
    shown = done(await dateline("topics"))
    assert "6 items since" in shown
    assert re.search(r"#stormamelia +6 +3 +new", shown)
    assert re.search(r"#trade +3 +3", shown)
    exact = json.loads(done(await dateline("news", "#StormAmelia", "--json")))
    assert (exact["tag"], exact["how"], exact["total"]) == ("stormamelia", "exact", 6)
    assert "24h, 7d, 2w, or a date" in refused(await dateline("topics", "--since", "soon"))


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--country", "Japn"), "Did you mean Japan"),
        (("--since", "the day before"), "24h, 7d, 2w, or a date"),
        (("x" * 5_000,), "5,000 characters"),
        (("--outlet", "The Example"), "No outlet here is called"),
        (("--sort", "relevant"), "Give a topic, a country or words"),
    ],
)
async def test_what_cannot_be_asked_is_one_plain_line(
    dateline: Dateline, arguments: tuple[str, ...], said: str
) -> None:
    assert said in refused(await dateline("news", *arguments))


async def test_what_is_wrong_with_a_filter_is_pointed_at(dateline: Dateline) -> None:
    ran = await dateline("news", "--filter", "trade countri:JP")
    assert (ran.code, ran.out) == (2, "")
    reason, typed, caret = ran.err.splitlines()
    assert reason.startswith("dateline: ")
    assert "country:" in reason
    assert (typed, caret) == ("trade countri:JP", "      ^")
    assert "0 items" in done(await dateline("news", "--filter", "country:JP NOT sport"))


async def test_logs_go_to_standard_error_alone(dateline: Dateline, web: Web) -> None:
    added = await dateline("sources", "add", web.url("/world.xml"), "--json", DATELINE_LOG_LEVEL="debug")
    polled = await dateline("poll", "--once", "--json", DATELINE_LOG_LEVEL="debug", DATELINE_LOG_JSON="1")
    assert added.json["outlet"] == "The Example"
    assert polled.json["new"] == 4
    logged = [json.loads(line) for line in polled.err.splitlines()]
    assert any(line["event"] == "polled" and line["new"] == 4 for line in logged)


# --- sources -----------------------------------------------------------------------------------------------------


async def test_sources_from_adding_to_removing(dateline: Dateline, web: Web) -> None:
    url = web.url("/world.xml")
    assert done(await dateline("sources", "list", "--json")) == "[]\n"
    assert done(await dateline("sources", "add", url)) == "Added 1: The Example. It is due now.\n"
    assert "watched already: dateline sources list shows it" in refused(await dateline("sources", "add", url))
    web.answer("/other.xml", feed(STORIES[1]))
    assert "needs that country" in refused(await dateline("sources", "add", web.url("/other.xml"), "--single-country"))
    wrong = await dateline("sources", "add", web.url("/other.xml"), "--language", "xx-klingon")
    assert "“xx-klingon” is no language I know" in refused(wrong)
    other = json.loads(
        done(
            await dateline(
                "sources", "add", web.url("/other.xml"), "--outlet", "Other", "--country", "Japan",
                "--section", "[i]Asia", "--language", "English", "--single-country", "--json",
            )
        )
    )  # fmt: skip
    assert {
        "id": 2,
        "outlet": "Other",
        "country": "JP",
        "section": "[i]Asia",
        "language": "en",
        "single_country": True,
    }.items() <= other.items()
    assert (other["paused"], other["health"], other["items"]) == (False, "not polled yet", 0)

    assert done(await dateline("sources", "check", "1")) == "The Example: works: 4 new items\n"
    web.answer("/world.xml", "", status=500)
    failing = await dateline("sources", "check", url, "--json")
    assert failing.code == 1
    assert failing.err == ""
    assert (failing.json["ok"], failing.json["new"]) == (False, 0)
    assert "fault of its own (500)" in failing.json["problem"]

    assert json.loads(done(await dateline("sources", "pause", "2", "--json"))) == {
        "id": 2,
        "url": web.url("/other.xml"),
        "done": "pause",
    }
    assert "resume it first" in refused(await dateline("sources", "check", "2"))
    one, two = json.loads(done(await dateline("sources", "list", "--json")))
    assert (one["outlet"], two["outlet"]) == ("Other", "The Example")
    assert (one["paused"], one["health"]) == (True, "paused")
    assert (two["failures"], two["items"], "500" in two["health"]) == (1, 4, True)
    assert two["last_success_at"].endswith("Z")

    table = done(await dateline("sources", "list"))
    assert table.splitlines()[0].split() == ["No.", "Outlet", "Section", "Items", "A", "day", "Read", "Next", "Health"]
    assert [line.strip() for line in table.splitlines() if ".xml" in line] == [
        web.url("/other.xml"),
        web.url("/world.xml"),
    ]
    assert re.search(r"2 +Other +\[i\]Asia +0 +- +never +- +paused", table)
    assert re.search(r"1 +The Example +4 +- +just now +in \d minutes +The site has a fault of its own \(500\)", table)

    assert done(await dateline("sources", "resume", "2")) == "Resumed 2: Other.\n"
    assert done(await dateline("sources", "remove", "#2")) == "Removed 2: Other.\n"
    gone = refused(await dateline("sources", "remove", "2"))
    assert "No source here is “2”: dateline sources list lists them" in gone
    done(await dateline("sources", "add", "https://me:secret@long.example/" + "x" * 200 + "/rss", "--no-check"))
    table = done(await dateline("sources", "list"))
    assert "secret" not in table
    assert re.search(r"^ +long\.example/x{16}…x{25}/rss *$", table, re.MULTILINE)
    done(await dateline("sources", "remove", "3"))
    assert [each["id"] for each in (await dateline("sources", "list", "--json")).json] == [1]
    assert (await dateline("news", "--json")).json["total"] == 4, "items stay"


async def test_a_list_goes_in_and_comes_out(dateline: Dateline, tmp_path: Path) -> None:
    opml = (
        '<opml version="2.0"><body><outline text="[b]A[/b]" xmlUrl="https://a.example/feed" language="fr"/>'
        '<outline text="Inside" xmlUrl="http://10.0.0.1/"/><outline text="Twice" xmlUrl="https://a.example/feed"/>'
        '<outline text="B" xmlUrl="https://me:secret@b.example/feed" language="xx-klingon"/></body></opml>'
    )
    (tmp_path / "feeds.opml").write_text(opml, encoding="utf-8")
    refused_ones = [
        {"name": "Inside", "reason": "This address is private, local or otherwise not one that may be fetched."},
        {"name": "Twice", "reason": "The same address stands in the file before."},
    ]
    dry = json.loads(done(await dateline("sources", "import", "feeds.opml", "--dry-run", "--json")))
    left_out = "Taken without its language: what the list says of it is no tag such as en or pt-br."
    bare = [{"name": "B", "reason": left_out}]
    assert dry == {"added": 2, "known": 0, "refused": refused_ones, "bare": bare, "dry_run": True}
    said = done(await dateline("sources", "import", "feeds.opml")).splitlines()
    assert said[0] == "Added 2 sources; 0 known already, 2 refused."
    assert said[1] == f"  1 × {refused_ones[0]['reason']}  Inside"
    assert said[3] == f"  1 × {left_out}  B"
    again = json.loads(done(await dateline("sources", "import", "-", "--json", given=opml)))
    assert (again["added"], again["known"]) == (0, 2)

    out = await dateline("sources", "export")
    assert out.code == 0
    assert "1 of them lost the login" in out.err
    assert "secret" not in out.out + out.err
    assert 'language="fr"' in out.out
    written = await dateline("sources", "export", "mine.toml", "--format", "TOML")
    assert written.out == "Wrote 2 sources to mine.toml.\n"
    kept = refused(await dateline("sources", "export", "dateline.sqlite"))
    assert "dateline.sqlite is there: give --replace" in kept
    assert "Wrote 2" in (await dateline("sources", "export", "mine.toml", "--format", "toml", "--replace")).out
    text = (tmp_path / "mine.toml").read_text("utf-8")
    assert 'outlet = "[b]A[/b]"' in text
    assert json.loads((await dateline("sources", "import", "mine.toml", "--json")).out)["known"] == 1


async def test_a_list_of_which_nothing_can_be_taken_fails(dateline: Dateline, tmp_path: Path) -> None:
    (tmp_path / "bad.opml").write_text('<opml><body><outline text="A" xmlUrl="file:///x"/></body></opml>')
    ran = await dateline("sources", "import", "bad.opml")
    assert (ran.code, ran.out.splitlines()[0]) == (1, "Added 0 sources; 0 known already, 1 refused.")
    assert "cannot be read" in refused(await dateline("sources", "import", "nowhere.opml"))
    assert "neither OPML nor" in refused(await dateline("sources", "import", "-", given="a shopping list"))
    assert "larger than 2 MB" in refused(await dateline("sources", "import", "-", given="<" + "x" * 2_100_000))
    assert "no source of your own" in refused(await dateline("sources", "export"))
    (tmp_path / "ok.opml").write_text('<opml><body><outline text="A" xmlUrl="https://a.example/"/></body></opml>')
    done(await dateline("sources", "import", "ok.opml"))
    assert "cannot be written" in refused(await dateline("sources", "export", "nowhere/mine.opml"))
    assert "give opml or toml" in refused(await dateline("sources", "export", "--format", "csv"))


async def test_what_cannot_be_read_is_not_added(dateline: Dateline, web: Web) -> None:
    web.answer("/page", "<!doctype html><html><body><p>Hello</body></html>", content_type="text/html")
    web.answer("/empty.xml", "")
    web.answer("/large.xml", b"<rss>" + b" " * MAX_BYTES)
    web.answer("/forbidden.xml", "no", status=403)
    web.answer("/other.xml", '<?xml version="1.0"?><sitemap><a/></sitemap>')
    for url, said in (
        ("http://10.0.0.1/feed", "DATELINE_ALLOW_PRIVATE, such as 127.0.0.1:8080"),
        ("notaurl", "“notaurl” is no web address: give one such as https://example.org/feed"),
        (f"http://localhost:{web.port}/world.xml", "This address is private"),
        ("file:///etc/passwd", "Only addresses that begin with http"),
        (web.url("/page"), "`dateline sources try ADDRESS` shows what stands there"),
        (web.url("/empty.xml"), "empty"),
        (web.url("/large.xml"), "larger than 10 MB"),
        (web.url("/forbidden.xml"), "refuses us (403)"),
        (web.url("/missing.xml"), "nothing at this address (404)"),
        (web.url("/other.xml"), "not an RSS or Atom feed"),
    ):
        assert said in refused(await dateline("sources", "add", url)), url
    assert done(await dateline("sources", "list", "--json")) == "[]\n"


async def test_a_truncated_feed_gives_its_whole_entries(dateline: Dateline, web: Web) -> None:
    whole = feed(*STORIES)
    web.answer("/cut.xml", whole[: whole.rindex("<item>") + 40])
    assert (await dateline("sources", "add", web.url("/cut.xml"))).code == 0
    checked = json.loads(done(await dateline("sources", "check", "1", "--json")))
    assert checked["ok"]
    assert checked["new"] == 3
    assert "cut off" in checked["note"]


async def test_a_source_may_be_added_unseen(dateline: Dateline, web: Web) -> None:
    added = await dateline("sources", "add", web.url("/later.xml"), "--no-check", "--json")
    assert json.loads(done(added))["outlet"] == "127.0.0.1"
    assert not web.requests
    assert "private" in refused(await dateline("sources", "add", "http://169.254.169.254/latest", "--no-check"))


# --- configuration, database, tag --------------------------------------------------------------------------------


async def test_migrate_and_a_newer_schema(dateline: Dateline, tmp_path: Path) -> None:
    assert "migrated from version 0" in done(await dateline("migrate", DATELINE_DATABASE="sqlite:///own.sqlite"))
    assert "nothing to do" in done(await dateline("migrate", DATELINE_DATABASE="own.sqlite"))
    with sqlite3.connect(tmp_path / "own.sqlite") as newer:
        newer.execute("PRAGMA user_version = 999")
    newer.close()
    before = (tmp_path / "own.sqlite").read_bytes()
    for command in (("migrate",), ("news",), ("poll", "--once"), ("vacuum",)):
        said = refused(await dateline(*command, DATELINE_DATABASE="own.sqlite"), 78)
        assert "version 999" in said
        assert "upgrade Dateline" in said
    assert (tmp_path / "own.sqlite").read_bytes() == before


async def test_files_that_cannot_be_used_are_named_and_end_with_78(dateline: Dateline, tmp_path: Path) -> None:
    done(await dateline("migrate"))
    missing = refused(await dateline("backup", "nowhere/copy.sqlite"), 78)
    assert "the folder nowhere is not there" in missing
    assert "the folder copies/ is not there" in refused(await dateline("backup", "copies/"), 78)
    done(await dateline("backup", "copy.sqlite"))
    (tmp_path / "dateline.sqlite.lock").mkdir()
    for command in (("vacuum",), ("restored",), ("restore", "copy.sqlite", "--replace"), ("run",)):
        said = refused(await dateline(*command, DATELINE_TOKEN=TOKEN), 78)
        assert "dateline.sqlite.lock cannot be written (Is a directory)" in said
    with sqlite3.connect(tmp_path / "shop.sqlite") as shop:
        shop.execute("CREATE TABLE shopping (what TEXT)")
    shop.close()
    copied = refused(await dateline("copy", "shop.sqlite", "new.sqlite"), 78)
    assert "not Dateline's" in copied
    assert not (tmp_path / "new.sqlite").exists(), "nothing is left of it"


@pytest.mark.slow
async def test_postgresql_wants_migrating_then_answers_as_sqlite_does(
    dateline: Dateline, web: Web, postgres: Postgres
) -> None:
    url = postgres.create()
    try:
        for command in (("news",), ("poll", "--once"), ("sources", "list")):
            said = refused(await dateline(*command, DATELINE_DATABASE=url), 78)
            assert "is version 0" in said
            assert "run `dateline migrate`" in said
        newest = len(dialects.migrations("postgres"))
        migrated = done(await dateline("migrate", DATELINE_DATABASE=url))
        assert f"schema version {newest}, migrated from version 0" in migrated
        assert "nothing to do" in done(await dateline("migrate", DATELINE_DATABASE=url))
        answers = []
        for database in (url, "same.sqlite"):
            done(await dateline("sources", "add", web.url("/world.xml"), "--no-check", DATELINE_DATABASE=database))
            done(await dateline("poll", "--once", DATELINE_DATABASE=database))
            answers.append(
                json.loads(done(await dateline("news", "securitycooperation", "--json", DATELINE_DATABASE=database)))
            )
        first, second = answers
        assert first["items"]
        assert first["items"] == second["items"]
    finally:
        postgres.drop(url)


@pytest.mark.parametrize("command", ["news", "migrate"])
async def test_a_database_that_cannot_be_is_a_matter_of_configuration(
    dateline: Dateline, tmp_path: Path, command: str
) -> None:
    assert "nowhere" in refused(await dateline(command, DATELINE_DATABASE="nowhere/news.sqlite"), 78)
    assert str(tmp_path) in refused(await dateline(command, DATELINE_DATABASE=str(tmp_path)), 78)
    (tmp_path / "letter.txt").write_text("Dear Sir or Madam, " * 100, encoding="utf-8")
    assert "no SQLite database" in refused(await dateline(command, DATELINE_DATABASE="letter.txt"), 1)
    assert (tmp_path / "letter.txt").read_text(encoding="utf-8").startswith("Dear Sir")


async def test_check_config(dateline: Dateline, tmp_path: Path) -> None:
    shown = done(await dateline("check-config", DATELINE_TOKEN=TOKEN, DATELINE_POLLERS="3"))
    assert "token = **********" in shown.splitlines()
    assert "pollers = 3" in shown.splitlines()
    assert TOKEN not in shown
    as_json = json.loads(done(await dateline("check-config", "--json", DATELINE_TOKEN=TOKEN)))
    assert (as_json["token"], as_json["sources_in_catalogue"], as_json["log_json"]) == ("**********", 0, False)

    assert "no Discord token" in refused(await dateline("check-config"), 78)
    assert "The configuration is sound" in done(await dateline("check-config", "--no-token"))
    (tmp_path / "token").write_text(f"{TOKEN}\n\n{TOKEN}", encoding="utf-8")
    spaced = refused(await dateline("check-config", DATELINE_TOKEN_FILE="token"), 78)
    assert "holds no token" in spaced
    assert TOKEN not in spaced

    (tmp_path / "other.toml").write_text(f'tokn = "{TOKEN}"', encoding="utf-8")
    named = refused(await dateline("--config", "other.toml", "check-config"), 78)
    assert "did you mean token" in named
    assert TOKEN not in named


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"DATELINE_TOKN": TOKEN}, "did you mean DATELINE_TOKEN?"),
        ({"DATELINE_CATALOGUE": "missing.toml"}, "there is no such file"),
        ({"DATELINE_ALLOW_PRIVATE": "http://x"}, "is not host or host:port"),
        ({"DATELINE_POLLERS": "many"}, "DATELINE_POLLERS"),
        ({"DATELINE_ONLY": "watch"}, "they need PostgreSQL"),
        ({"DATELINE_WEB": "1", "DATELINE_HEALTH_LISTEN": "127.0.0.1:8080"}, "give it another one"),
    ],
)
async def test_a_wrong_setting_ends_with_78(dateline: Dateline, settings: dict[str, str], said: str) -> None:
    line = refused(await dateline("check-config", "--no-token", **settings), 78)
    assert said in line
    assert TOKEN not in line
    assert "pa55word" not in line


async def test_tag_reads_standard_input_and_needs_no_configuration(dateline: Dateline) -> None:
    given = '{"id": 7, "title": "Japan and Poland talk about trade", "text": ""}\nnonsense\n'
    ran = await dateline("tag", "-", given=given, DATELINE_TOKN="wrong", DATELINE_DATABASE="/nowhere/at/all")
    assert ran.code == 1
    assert ran.err == ""
    good, bad = map(json.loads, ran.out.splitlines())
    assert list(good) == ["id", "topics", "countries", "category"]
    assert {country["code"] for country in good["countries"]} == {"JP", "PL"}
    assert bad["line"] == 2
    assert "not JSON" in bad["error"]


async def test_cluster_reads_standard_input_and_needs_no_configuration(dateline: Dateline) -> None:
    line = {"id": 7, "title": "Ferry Santa Lucia sinks off Palawan", "published_at": "2026-03-02T12:00:00Z"}
    given = f"{json.dumps(line)}\nnonsense\n{json.dumps({**line, 'id': 8, 'outlet': 'Herald'})}\n"
    ran = await dateline("cluster", "-", given=given, DATELINE_TOKN="wrong", DATELINE_DATABASE="/nowhere/at/all")
    assert ran.code == 1
    assert ran.err == ""
    first, bad, second = map(json.loads, ran.out.splitlines())
    assert (first, second) == ({"id": 7, "story": 7}, {"id": 8, "story": 7})
    assert bad["line"] == 2
    assert "not JSON" in bad["error"]


async def test_tag_explains(dateline: Dateline) -> None:
    line = {"id": 1, "title": "Japan votes", "text": "The yen fell.", "section": "Asia/Vietnam", "url": 7}
    ran = await dateline("tag", "-", "--explain", given=json.dumps(line))
    assert ran.code == 0
    answer = json.loads(ran.out)
    found = {one["code"]: one for one in answer["countries"]}
    assert found["JP"]["why"] == [
        {"words": "Japan", "where": "title", "start": 0, "end": 5},
        {"words": "yen", "where": "text", "start": 4, "end": 7},
    ]
    assert found["VN"]["why"] == [{"words": "Vietnam", "where": "publisher", "start": 0, "end": 0}]
    assert answer["lexicon"]
    plain = json.loads((await dateline("tag", "-", given=json.dumps(line))).out)
    assert "lexicon" not in plain
    assert all(set(one) == {"code", "score", "role", "words"} for one in plain["countries"])


async def test_retag(dateline: Dateline, web: Web, tmp_path: Path) -> None:
    await dateline("sources", "add", web.url("/world.xml"), "--no-check")
    await dateline("poll", "--once")
    asked = ("news", "securitycooperation", "--json")
    found = json.loads((await dateline(*asked)).out)["items"]
    assert found
    ran = await dateline("retag", "--json")
    assert json.loads(ran.out) == {"retagged": 0, "left": 0}
    with sqlite3.connect(tmp_path / "dateline.sqlite") as db:
        before = db.execute("SELECT id, taggings, category FROM item ORDER BY id").fetchall()
        db.execute("UPDATE item SET lexicon = 'older', taggings = '[]'")
        db.execute("DELETE FROM item_tag WHERE tag_id IN (SELECT id FROM tag WHERE kind IN ('topic', 'country'))")
        db.execute("DELETE FROM tag_count WHERE tag_id IN (SELECT id FROM tag WHERE kind IN ('topic', 'country'))")
        db.execute("DELETE FROM pair_count")
    db.close()
    ran = await dateline("retag")
    assert ran.out.strip() == f"{len(before)} items retagged, 0 left."
    with sqlite3.connect(tmp_path / "dateline.sqlite") as db:
        assert db.execute("SELECT id, taggings, category FROM item ORDER BY id").fetchall() == before
    db.close()
    assert json.loads((await dateline(*asked)).out)["items"] == found


async def test_the_module_itself(tmp_path: Path) -> None:
    version = await python("-m", "bot", "--version", cwd=tmp_path)
    assert re.fullmatch(r"dateline \d+\.\d+\.\d+\S*\n", done(version))
    unknown = await python("-m", "bot", "news", cwd=tmp_path, DATELINE_DATABSE="x")
    assert "did you mean DATELINE_DATABASE?" in refused(unknown, 78)
    assert not os.listdir(tmp_path)


async def test_usage(dateline: Dateline) -> None:
    for arguments in (("nonsense",), ("news", "--limit", "0"), ("sources", "add"), ("news", "--nonsense")):
        ran = await dateline(*arguments)
        assert (ran.code, ran.out) == (2, ""), arguments
        assert "Usage: " in ran.err
    helped = done(await dateline("--help"))
    for command in ("run", "demo", "poll", "news", "sources", "tag", "cluster", "migrate", "check-config"):
        assert re.search(rf"^\W*{command} ", helped, re.MULTILINE), command


async def test_top_stories(dateline: Dateline, web: Web) -> None:
    assert "No story came in that time" in done(await dateline("top"))
    quake = (
        "Strong earthquake off Hokkaido, tsunami warning",
        "An earthquake of magnitude 7.4 struck off Hokkaido.",
        1,
    )
    again = ("Tsunami warning after earthquake off Hokkaido", "A strong earthquake of magnitude 7.4 off Hokkaido.", 0.5)
    budget = ("Nairobi passes the budget", "Kenya's parliament passed it.", 2)
    for number, entries in enumerate(((quake, budget), (again,))):
        web.answer(f"/{number}.xml", feed(*entries, title=f"Outlet {number}"))
        await dateline("sources", "add", web.url(f"/{number}.xml"), "--outlet", f"Outlet {number}")
    await dateline("poll", "--once")
    first, second = json.loads(done(await dateline("top", "--json")))["stories"]
    assert (first["outlets"], [one["outlet"] for one in first["reports"]]) == (2, ["Outlet 0", "Outlet 1"])
    assert second["outlets"] == 1
    shown = done(await dateline("top", "--country", "Japan"))
    assert re.search(r" 1\. .*earthquake off Hokkaido.*\n +2 outlets: Outlet 0, Outlet 1 · 1 hour ago", shown)
    assert "Nairobi" not in shown
    for command in ("top", "trends"):
        nothing = done(await dateline(command, "xyzzyfoo"))
        assert "“xyzzyfoo” is no topic I know, and no news holds it. Try #" in nothing
        assert "no topic I know" not in done(await dateline(command, "budget", "--country", "Fiji"))


async def test_trends_drawn_in_the_terminal(dateline: Dateline, web: Web) -> None:
    assert "Nothing in the memory is as new as that" in done(await dateline("trends"))
    web.answer(
        "/f.xml",
        feed(
            ("Trade talks begin in Japan", "Ministers met.", 1),
            ("Trade talks go on in Japan", "They met again.", 2),
            ("Parliament votes", "It did.", 30),
        ),
    )
    await dateline("sources", "add", web.url("/f.xml"))
    await dateline("poll", "--once")
    found = json.loads(done(await dateline("trends", "trade", "--country", "Japan", "--since", "7d", "--json")))
    assert (found["tag"], found["step_days"], len(found["days"])) == ("trade", 1, 7)
    assert sum(day["items"] for day in found["days"]) == 2
    assert found["days"][-1]["usual"] is None
    shown = done(await dateline("trends", "--since", "90d"))
    assert re.search(r"^\d{4}-\d\d-\d\d +\d+ +█+", shown, re.MULTILINE)
    assert "The memory is too young to say what is usual" in shown
    assert len(shown.splitlines()) < 100
    refused = await dateline("trends", "--since", "5y")
    assert refused.code == 2
    assert "--since is one of 7d, 30d, 90d, 1y" in refused.err


async def test_whom_the_operator_does_not_serve(dateline: Dateline) -> None:
    assert done(await dateline("denied")) == "everybody is served\n"
    assert done(await dateline("deny", "server", "111")) == "server 111 is not served\n"
    assert done(await dateline("deny", "server", "111")) == "server 111 was not served before\n"
    assert done(await dateline("deny", "host", "www.Example.org")) == "host example.org is not served\n"
    listed = json.loads(done(await dateline("denied", "--json")))
    assert listed == [{"kind": "host", "name": "example.org"}, {"kind": "server", "name": "111"}]
    assert done(await dateline("allow", "server", "111")) == "server 111 is served\n"
    assert done(await dateline("allow", "server", "111")) == "server 111 was served before\n"
    assert "none of server, person, host" in refused(await dateline("deny", "feed", "1"))
    assert "no id in Discord" in refused(await dateline("allow", "person", "ada"))


async def test_what_is_kept_of_somebody_and_having_it_gone(dateline: Dateline) -> None:
    assert done(await dateline("kept", "person", "900")) == "kept: nothing\n"
    assert json.loads(done(await dateline("forget", "server", "111", "--json")))["alerts"] == 0
    told = json.loads(done(await dateline("kept", "person", "900", "--all")))
    assert (told["person"], told["kept"]["follows"]) == ("900", [])
    assert "neither server nor person" in refused(await dateline("kept", "guild", "1"))

"""``dateline cluster``: JSON lines in, JSON lines out."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from bench.cluster import OWN
from bot.cli.cluster import cluster
from bot.news.tagger import Tagger
from bot.services.stories import StoryService

app = typer.Typer()
app.command("cluster")(cluster)
app.command("other")(lambda: None)
runner = CliRunner()
tagger = Tagger.load()

FIRST: dict[str, object] = {
    "id": 7,
    "title": "Magnitude 6.8 earthquake shakes southern Peru",
    "text": "It struck near Arequipa early on Monday.",
    "published_at": "2026-03-02T03:12:00Z",
    "outlet": "Wire",
    "language": "en",
    "more": [1],
}
SECOND: dict[str, object] = {
    "id": "eight",
    "title": "Strong 6.8 earthquake hits Arequipa in Peru",
    "published_at": "2026-03-02T05:30:00.250+01:00",
}


def answers(*lines: bytes, explain: bool = False) -> list[dict[str, object]]:
    return [json.loads(line.text) for line in StoryService(tagger, explain=explain).lines(lines)]


def dumped(*documents: dict[str, object]) -> list[bytes]:
    return [json.dumps(document).encode() for document in documents]


def test_shape_of_an_answer() -> None:
    assert answers(*dumped(FIRST, SECOND)) == [{"id": 7, "story": 7}, {"id": "eight", "story": 7}]


def test_explained() -> None:
    first, second = answers(*dumped(FIRST, SECOND), explain=True)
    assert first == {"id": 7, "story": 7, "tie": None}
    tie = second["tie"]
    assert isinstance(tie, dict)
    assert list(tie) == ["item", "score", "words", "names", "numbers", "countries", "topics", "across"]
    assert (tie["item"], tie["numbers"], tie["countries"]) == (7, ["6.8"], ["PE"])
    assert tie["score"] >= 1


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (b"{bad", "not JSON"),
        (b"[1]", "not a JSON object"),
        (b"\xff\xfe", "not UTF-8 at byte 1"),
        (b"[" * 100_000, "not JSON"),
        (b'{"title": "a"}', "`id` is missing"),
        (b'{"id": true, "title": "a"}', "`id` must be"),
        (b'{"id": 1}', "`title` is missing"),
        (b'{"id": 1, "title": 5}', "`title` must be a string"),
        (b'{"id": 1, "title": "a", "text": ["a"]}', "`text` must be a string"),
        (b'{"id": 1, "title": "a", "language": 7}', "`language` must be a string"),
        (b'{"id": 1, "title": "a", "published_at": "2026-03-02T00:00:00Z", "outlet": 7}', "`outlet` must be a string"),
        (b'{"id": 1, "title": "a"}', "`published_at` is missing: give a time such as 2026-"),
        (b'{"id": 1, "title": "a", "published_at": "yesterday"}', "`published_at` is no time: give one such as 2026-"),
        (b'{"id": 1, "title": "a", "published_at": 1772000000}', "`published_at` is no time"),
        (b'{"id": 1, "title": "a", "published_at": "0001-01-01T00:00:00+14:00"}', "`published_at` is no time"),
        (
            b'{"id": 1, "title": "a", "published_at": "2026-02-01"}',
            "72 hours before that of a line above: sort the lines",
        ),
    ],
)
def test_a_bad_line_is_told_and_the_rest_goes_on(line: bytes, told: str) -> None:
    first, last = dumped(FIRST, SECOND)
    one, bad, two = answers(first, line, last)
    assert (one["story"], two["story"]) == (7, 7)
    assert bad["line"] == 2
    assert told in str(bad["error"])


def test_blank_lines_marks_and_times_without_a_zone() -> None:
    lines = [
        b'\xef\xbb\xbf{"id": 1, "title": "", "published_at": "2026-03-02"}\r\n',
        b"\n",
        b'{"id": 2, "text": null, "title": "x", "published_at": "2026-03-02 10:00"}',
        b'{"id": 3, "text": null, "title": null, "published_at": "2026-03-02"}',
    ]
    found = answers(*lines)
    assert found[:2] == [{"id": 1, "story": 1}, {"id": 2, "story": 2}]
    assert found[2]["line"] == 4


def test_half_a_surrogate_pair_goes_through() -> None:
    line = b'{"id": "\\ud800", "title": "EU \\udfff leaders", "published_at": "2026-03-02"}'
    (told,) = StoryService(tagger).lines([line])
    told.text.encode("utf-8")
    assert json.loads(told.text)["story"] == "\ud800"


def test_an_id_that_comes_again_is_an_edited_item() -> None:
    edited = {**SECOND, "title": "Panda twins born at Singapore zoo"}
    assert [one["story"] for one in answers(*dumped(FIRST, SECOND, edited))] == [7, 7, 7]


def test_files_and_standard_input(tmp_path: Path) -> None:
    file = tmp_path / "items.jsonl"
    text = "\n".join(line.decode() for line in dumped(FIRST, SECOND)) + "\n"
    file.write_text(text, encoding="utf-8")
    result = runner.invoke(app, ["cluster", str(file)])
    assert (result.exit_code, len(result.stdout.splitlines())) == (0, 2)
    assert runner.invoke(app, ["cluster", "-"], input=text).stdout == result.stdout
    file.write_text(text + "{\n", encoding="utf-8")
    result = runner.invoke(app, ["cluster", str(file), "--explain"])
    assert (result.exit_code, len(result.stdout.splitlines())) == (1, 3)
    for missing in (tmp_path / "none.jsonl", tmp_path):
        result = runner.invoke(app, ["cluster", str(missing)])
        assert result.exit_code == 2
        assert "Cannot read" in result.stderr
        assert result.stdout == ""


def test_a_line_in_a_line_out_and_nothing_past_is_held() -> None:
    asked: list[int] = []

    def endless() -> Iterator[bytes]:
        for day in range(28):
            for hour in range(24):
                asked.append(1)
                at = f"2026-02-{day + 1:02}T{hour:02}:00:00Z"
                yield json.dumps({"id": len(asked), "title": f"Event {day} of {hour}", "published_at": at}).encode()

    service = StoryService(tagger)
    lines = service.lines(endless())
    next(lines)
    assert len(asked) == 1
    for _ in lines:
        assert len(service._clusterer) <= 73


def test_the_program_answers_each_line_at_once_imports_little_and_minds_no_broken_pipe(tmp_path: Path) -> None:
    program = "import typer; from bot.cli.cluster import cluster; app = typer.Typer(); app.command('c')(cluster); "
    listed = f"{program}app(standalone_mode=False); import sys; print(sorted(sys.modules), file=sys.stderr)"
    command = [sys.executable, "-c", listed, "-"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as ran:  # noqa: S603
        assert ran.stdin is not None
        assert ran.stdout is not None
        assert ran.stderr is not None
        for line, story in zip(dumped(FIRST, SECOND), (7, 7), strict=True):
            ran.stdin.write(line + b"\n")
            ran.stdin.flush()
            assert json.loads(ran.stdout.readline())["story"] == story  # before the next line is written
        ran.stdin.close()
        modules = ran.stderr.read().decode()
    assert ran.returncode == 0
    for package in ("'discord'", "'storage'", "'aiohttp'", "'aiosqlite'", "'feedparser'"):
        assert package not in modules
    read, write = os.pipe()
    os.close(read)
    with os.fdopen(write, "wb") as nowhere:
        broken = subprocess.run(  # noqa: S603
            [sys.executable, "-c", f"{program}app()", str(OWN)], stdout=nowhere, stderr=subprocess.PIPE, check=False
        )
    assert broken.stderr == b""

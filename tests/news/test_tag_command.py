"""``dateline tag``: JSON lines in, JSON lines out."""

import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from bot.cli.tag import tag
from bot.news.tagger import Tagger
from bot.services.tags import TagService

app = typer.Typer()
app.command("tag")(tag)
app.command("other")(lambda: None)
runner = CliRunner()
service = TagService(Tagger.load())

GOOD = {
    "id": "one",
    "title": "Japan and the Philippines sign defence pact",
    "text": "It was signed in Manila.",
    "more": [1],
}


def answers(*lines: bytes) -> list[dict[str, object]]:
    return [json.loads(line.text) for line in service.lines(lines)]


def test_shape_of_an_answer() -> None:
    (answer,) = answers(json.dumps(GOOD).encode())
    assert list(answer) == ["id", "topics", "countries", "category"]
    assert answer["id"] == "one"
    assert answer["topics"] == [{"tag": "securitycooperation", "score": 0.713, "words": ["defence pact"]}]
    countries = answer["countries"]
    assert isinstance(countries, list)
    assert [(one["code"], one["role"]) for one in countries] == [("PH", "subject"), ("JP", "subject")]
    assert countries[0]["words"] == ["Philippines", "Manila"]
    assert list(countries[0]) == ["code", "score", "role", "words"]
    assert answer["category"] == "Politics"


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (b"{bad", "not JSON"),
        (b"[1]", "not a JSON object"),
        (b'"text"', "not a JSON object"),
        (b'{"id": 1, "title": 5}', "`title` must be a string"),
        (b'{"id": 1, "text": ["a"]}', "`text` must be a string"),
        (b'{"id": 1, "title": "a", "language": 7}', "`language` must be a string"),
        (b'{"title": "a"}', "`id` is missing"),
        (b'{"id": null, "title": "a"}', "`id` must be"),
        (b'{"id": true, "title": "a"}', "`id` must be"),
        (b'{"id": 1}', "both missing"),
        (b"\xff\xfe", "not UTF-8 at byte 1"),
        (b"[" * 100_000, "not JSON"),
    ],
)
def test_a_bad_line_is_told_and_the_rest_goes_on(line: bytes, told: str) -> None:
    good = json.dumps(GOOD).encode()
    first, second, third = answers(good, line, good)
    assert first == third
    assert second["line"] == 2
    assert told in str(second["error"])
    assert [one.bad for one in service.lines([good, line, good])] == [False, True, False]


def test_blank_lines_marks_and_empty_texts() -> None:
    lines = [
        b'\xef\xbb\xbf{"id": 1, "title": "", "text": ""}\r\n',
        b"\n",
        b"  \n",
        b'{"id": 2, "text": null, "title": "x"}',
        b"{",
    ]
    found = answers(*lines)
    assert [one.get("id") for one in found] == [1, 2, None]
    assert found[0] == {"id": 1, "topics": [], "countries": [], "category": "General"}
    assert found[2]["line"] == 5


def test_half_a_surrogate_pair_goes_through() -> None:
    (line,) = service.lines([b'{"id": "\\ud800", "title": "EU \\udfff leaders"}'])
    line.text.encode("utf-8")
    assert json.loads(line.text)["countries"][0]["code"] == "EU"


def test_language() -> None:
    line = json.dumps({"id": 1, "title": "Переговоры в Москве: Россия и Украина", "language": "ru"}).encode()
    countries = answers(line)[0]["countries"]
    assert isinstance(countries, list)
    assert {one["code"] for one in countries} >= {"RU", "UA"}


def test_a_file(tmp_path: Path) -> None:
    file = tmp_path / "items.jsonl"
    file.write_text(json.dumps(GOOD) + "\n", encoding="utf-8")
    result = runner.invoke(app, ["tag", str(file)])
    assert result.exit_code == 0
    assert json.loads(result.stdout)["id"] == "one"
    file.write_text(json.dumps(GOOD) + "\n{\n", encoding="utf-8")
    result = runner.invoke(app, ["tag", str(file)])
    assert result.exit_code == 1
    assert len(result.stdout.splitlines()) == 2


def test_standard_input() -> None:
    result = runner.invoke(app, ["tag", "-"], input=json.dumps(GOOD) + "\n")
    assert result.exit_code == 0
    assert json.loads(result.stdout)["category"] == "Politics"


def test_no_such_file(tmp_path: Path) -> None:
    for missing in (tmp_path / "none.jsonl", tmp_path):
        result = runner.invoke(app, ["tag", str(missing)])
        assert result.exit_code == 2
        assert "Cannot read" in result.stderr
        assert result.stdout == ""


def test_a_line_in_a_line_out() -> None:
    """An answer is there before the next line is read."""
    asked: list[int] = []

    class Source(io.RawIOBase):
        def __iter__(self) -> "Source":
            return self

        def __next__(self) -> bytes:
            asked.append(1)
            return json.dumps(GOOD).encode()

    lines = service.lines(Source())
    next(lines)
    assert len(asked) == 1


PROGRAM = "import typer; from bot.cli.tag import tag; app = typer.Typer(); app.command('tag')(tag); app()"


def test_started_alone_it_imports_little_and_minds_no_broken_pipe(tmp_path: Path) -> None:
    file = tmp_path / "items.jsonl"
    file.write_text((json.dumps(GOOD) + "\n") * 300, encoding="utf-8")
    checked = f"{PROGRAM[:-5]}app(standalone_mode=False); import sys; print(sorted(sys.modules), file=sys.stderr)"
    ran = subprocess.run([sys.executable, "-c", checked, str(file)], capture_output=True, check=True)  # noqa: S603
    assert len(ran.stdout.splitlines()) == 300
    for package in ("'discord'", "'storage'", "'aiohttp'", "'aiosqlite'", "'feedparser'"):
        assert package not in ran.stderr.decode()
    read, write = os.pipe()
    os.close(read)
    with os.fdopen(write, "wb") as nowhere:
        ran = subprocess.run(  # noqa: S603
            [sys.executable, "-c", PROGRAM, str(file)], stdout=nowhere, stderr=subprocess.PIPE, check=False
        )
    assert ran.stderr == b""

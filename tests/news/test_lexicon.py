"""The same text gets the same tags on every machine, and the version says what gave them."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from bot.news import lexicon
from bot.news.tagger import Tagger
from bot.services.tags import TagService

LINES = "\n".join(
    json.dumps({"id": n, "title": title, "text": text})
    for n, (title, text) in enumerate(
        (
            ("Japan and the Philippines sign a security pact", "Tokyo and Manila agreed to joint patrols."),
            ("Sheriff's deputies arrest Paris man", "Henry County, Tenn. - climate protesters met the mayor."),
            ("#Brexit: London, Dublin and Brussels talk trade and fish", "The yen fell. Semiconductors rose."),
        )
    )
)


def test_the_version_names_rules_and_data() -> None:
    assert re.fullmatch(rf"{lexicon.RULES}-[0-9a-f]{{8}}", lexicon.lexicon_version())
    assert Tagger.load().tag("x", "y").lexicon == lexicon.lexicon_version()


def test_the_version_changes_with_any_word(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "local").mkdir()
    word = tmp_path / "local" / "words.tsv"
    versions = set()
    monkeypatch.setattr("importlib.resources.files", lambda _: tmp_path)
    for content in ("a\tb\n", "a\tc\n"):
        word.write_text(content, encoding="utf-8")
        versions.add(lexicon.lexicon_version.__wrapped__())
    word.write_bytes(b"a\tc\r\n")  # as git may check it out elsewhere
    versions.add(lexicon.lexicon_version.__wrapped__())
    assert len(versions) == 2


@pytest.mark.slow
def test_tags_do_not_depend_on_the_process() -> None:
    here = TagService(Tagger.load(), explain=True).lines(line.encode() for line in LINES.splitlines())
    answers = {"".join(f"{line.text}\n" for line in here)}
    for seed, locale in (("0", "C"), ("12345", "C.UTF-8")):
        done = subprocess.run(
            [sys.executable, "-m", "bot", "tag", "-", "--explain"],
            input=LINES,
            capture_output=True,
            encoding="utf-8",
            check=True,
            env={**os.environ, "PYTHONHASHSEED": seed, "LC_ALL": locale, "PYTHONUTF8": "1"},
        )
        answers.add(done.stdout)
    assert len(answers) == 1
    first = json.loads(next(iter(answers)).splitlines()[0])
    assert first["lexicon"] == lexicon.lexicon_version()
    (japan,) = [one for one in first["countries"] if one["code"] == "JP"]
    assert japan["why"][0] == {"words": "Japan", "where": "title", "start": 0, "end": 5}

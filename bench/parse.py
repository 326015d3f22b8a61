"""Parsing and cleaning, beside feedparser with its defaults, over a folder of feed documents.

    python -m bench.parse --feeds ../shared/data/feeds

CPU a document, the best of four rounds, each parser in a process of its own.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

from bench.machine import keep


def best(parse: Callable[[bytes], object], documents: list[bytes]) -> float:
    """Milliseconds of CPU a document takes."""
    rounds = []
    for _ in range(5):
        began = time.process_time()
        for document in documents:
            parse(document)
        rounds.append((time.process_time() - began) * 1000 / len(documents))
    return min(rounds[1:])


def one(who: str, folder: Path) -> float:
    documents = [path.read_bytes() for path in sorted(folder.glob("*.xml"))]
    if who == "feedparser":
        import feedparser

        return best(lambda document: feedparser.parse(BytesIO(document)), documents)
    from bot.feeds.parse_document import parse_document

    return best(
        lambda document: parse_document(document, url="https://x.example/", content_type="application/rss+xml"),
        documents,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--feeds", type=Path, required=True)
    parser.add_argument("--one", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        print(one(options.one, options.feeds))
        return
    figures: dict[str, float] = {}
    for who in ("feedparser", "dateline"):
        command = [sys.executable, "-m", "bench.parse", "--feeds", str(options.feeds), "--one", who]
        done = subprocess.run(command, stdout=subprocess.PIPE, check=True, text=True)
        figures[f"{who}, ms a document"] = round(float(done.stdout), 2)
    figures["times cheaper"] = round(figures["feedparser, ms a document"] / figures["dateline, ms a document"], 2)
    print(figures)
    keep("parse", dict(figures))


if __name__ == "__main__":
    main()

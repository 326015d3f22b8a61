"""``dateline cluster FILE|-``: gathers lines of JSON into stories. Needs neither token nor database.

It must start quickly: nothing of Discord, the store or the network is imported.
"""

from __future__ import annotations

from typing import Annotated

import typer


def cluster(
    file: Annotated[str, typer.Argument(help="A file of JSON lines, or - for standard input.", metavar="FILE|-")],
    explain: Annotated[bool, typer.Option("--explain", help="Say of each item what tied it to its story.")] = False,
) -> None:
    """Gather news into stories: JSON lines in, in order of time, JSON lines out, each as its line is read.

    In: id, title, published_at (as 2026-03-02T10:00:00Z); optional text, outlet, language. Out: id, story (the id of
    the story's first item). A story is open for 72 hours after its last item. A bad line gives its number and what is
    wrong; the rest goes on, and the exit code is 1.
    """
    from bot.cli.lines import answer
    from bot.news.tagger import Tagger
    from bot.services.stories import StoryService

    answer(file, StoryService(Tagger.load(), explain=explain).lines, flush=True)

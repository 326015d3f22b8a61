"""``dateline tag FILE|-``: tags lines of JSON. Needs neither token nor database.

It must start quickly: nothing of Discord, the store or the network is imported.
"""

from __future__ import annotations

from typing import Annotated

import typer


def tag(
    file: Annotated[str, typer.Argument(help="A file of JSON lines, or - for standard input.", metavar="FILE|-")],
    explain: Annotated[
        bool, typer.Option("--explain", help="Say of each tag where the words stand that caused it.")
    ] = False,
) -> None:
    """Tag news with topics and countries: JSON lines in, JSON lines out.

    In: id, title, text (what follows the title), optional language; and what the publisher says, where there is any:
    section, url, categories. Out: id, topics, countries, category. A bad line gives its number and what is wrong; the
    rest goes on, and the exit code is 1.
    """
    from bot.cli.lines import answer
    from bot.news.tagger import Tagger
    from bot.services.tags import TagService

    answer(file, TagService(Tagger.load(), explain=explain).lines)

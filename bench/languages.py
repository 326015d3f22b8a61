"""How surely a text's language is told: ``python -m bench.languages``, with the extra ``lang`` installed.

Two sets, both written for Dateline: `bench/data/languages.tsv` (38 languages, most of them short headlines) and the
tests' headlines of the countries tagger (18 languages, titles alone). Of each: how many entries are told at which
confidence and how many of those are right; how many "documents" (entries of one language together) are told, in full,
and by two titles alone; the cost.
"""

from __future__ import annotations

import resource
import time
from collections import defaultdict
from pathlib import Path

from bench.machine import keep
from bot.feeds import detect

DATA = Path(__file__).parent / "data" / "languages.tsv"
HEADLINES = Path(__file__).parents[1] / "tests" / "data" / "headlines"
Texts = dict[str, list[str]]


def written() -> Texts:
    """Texts of `bench/data/languages.tsv`, by language."""
    found: Texts = defaultdict(list)
    for line in DATA.read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            language, title, text = line.split("\t")
            found[language].append(f"{title} {text}".strip())
    return dict(found)


def headlines() -> Texts:
    """The headlines of the countries tagger's tests, by language."""
    found: Texts = {}
    for path in sorted(HEADLINES.glob("*.tsv")):
        lines = path.read_text(encoding="utf-8").splitlines()
        found[path.stem] = [line.split("\t")[2] for line in lines if line.count("\t") == 2 and not line.startswith("#")]
    return found


def measured(texts: Texts) -> dict[str, object]:
    """Entries by confidence, and documents."""
    judged = [(language, *detect._judged(text)) for language, each in texts.items() for text in each]
    figures: dict[str, object] = {"entries": len(judged), "languages": len(texts)}
    for least in (0.0, 0.5, 0.6, detect.SURE, 0.8, 0.9):
        kept = [detect._NAMED.get(code, code) == language for language, code, likely in judged if likely >= least]
        figures[f"confidence {least}"] = {"told": len(kept), "right": sum(kept)}
    for name, size in (("documents", None), ("documents of two titles", 2)):
        told = right = documents = 0
        for language, each in texts.items():
            parts = [each] if size is None else [each[at : at + size] for at in range(0, len(each) - size + 1, size)]
            for part in parts:
                found = set(detect.languages(part)) - {None}
                documents += 1
                told += bool(found)
                right += found == {language}
        figures[name] = {"documents": documents, "told": told, "right": right}
    return figures


def main() -> None:
    """Print and keep the figures."""
    before, began = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.perf_counter()
    detect.languages(["one text"])
    loaded, memory = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    figures: dict[str, object] = {"load, s": round(loaded, 2), "memory, MB": round(memory / 1024)}
    many = [text for each in written().values() for text in each]
    began = time.perf_counter()
    for text in many:
        detect._judged(text)
    figures["one entry, us"] = round((time.perf_counter() - began) / len(many) * 1e6)
    figures["written"] = measured(written())
    figures["headlines"] = measured(headlines())
    for name, value in figures.items():
        print(name, value)
    keep("languages", figures)


if __name__ == "__main__":
    main()

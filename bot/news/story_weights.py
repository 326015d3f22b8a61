"""The numbers by which `bot.news.cluster` decides, apart from it so that benches can try others. Pure.

They were chosen on half of the labelled headlines and the first part of `bench/data/stories.jsonl`; `scatter` and with
it `single_text`, `grown_text` and `across` on the whole of it, among other news. `other_pair` was not chosen: any from
.5 to .8 gives the same there.
docs/clustering.md says what each brings.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """A mark that no other item has weighs 1, before what is said here of its kind."""

    single: float = 0.322
    grown: float = 0.2
    single_text: float = 0.385
    grown_text: float = 0.22
    growth: float = 0.8
    """The limit is ``grown + (single - grown) / items ** growth``."""
    lone: float = 0.03
    """Added to the limit where one word alone is shared."""
    across: float = 1.386
    """Weights shared at least in another language; 1 is a mark that nothing else has."""
    spread: float = 0.381
    purity: float = 0.4
    case: float = 0.5
    """How far capitals count: a word always with one weighs up to twice 1 - case more."""
    prior: float = 2412.533
    """Items that are assumed before the first, each with words of its own."""
    rarity: float = 5
    """Of those, how many have a given word."""
    scatter: float = 0.3
    """Where there is a text, a word of many stories counts less among all the item's words: times its items in each
    story squared, of all its items squared, to this power. Else fewer items would be tied the more are open."""
    unseen: float = 0.909
    """What a word that no open item has weighs among all the item's words."""
    text: float = 0.592
    """What a word of the text weighs beside one of the headline."""
    topic: float = 0.186
    country: float = 0.0
    pair: float = 0.286
    number: float = 0.841
    across_name: float = 1.002
    across_number: float = 0.3
    across_pair: float = 1.213
    across_tag: float = 0.698
    """What names, numbers, two tags together, and a country or topic weigh in another language."""
    other_day: float = 0.6
    """What is left of the score where item and story name different days of the week."""
    other_country: float = 0.597
    """What is left where item and story are about countries, and no country is both's."""
    other_pair: float = 0.5
    """What is left where item and story are about two countries each, and not about the same two."""
    opening: float = 0.454
    """What is left where a headline of the same outlet began with the same words, `RECURS` or more ago."""

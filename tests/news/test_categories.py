from __future__ import annotations

import json

import pytest

from bench.categories import (
    NEWS,
    PLACE_AT_MOST,
    WEIGHTS,
    Item,
    Sample,
    descend,
    digest,
    learn,
    places,
    read_items,
    written,
)
from bot.model import Category
from bot.news.categories import BIAS, TOPICS, Weights, by_topics, choose, weights
from bot.news.countries import rows
from bot.news.publisher import read
from bot.news.tagger import Tagger
from bot.news.text import chunk_terms

CASES = [
    # Politics
    (
        "Coalition talks break down in The Hague",
        "Leaders blamed one another as the liberals left.",
        "Politics",
    ),
    ("Senate rejects nominee for attorney general", "Four Republicans joined every Democrat.", "Politics"),
    ("Prime minister reshuffles cabinet", "The interior minister was sacked and two allies promoted.", "Politics"),
    ("Rebels seize border town as troops retreat", "The army said fighting went on near the garrison.", "Politics"),
    ("MPs to vote on lowering voting age", "Ministers expect a majority despite Tory opposition.", "Politics"),
    ("President dissolves parliament", "An early election will be held in June, the palace said.", "Politics"),
    ("UN envoy to resume peace talks", "Both governments agreed to send delegations to Geneva.", "Politics"),
    ("Opposition promises to cut income tax", "The party's manifesto would be paid for by savings.", "Politics"),
    ("Human rights group condemns jailing of activist", "The government denied torture of prisoners.", "Politics"),
    # Business
    ("Bank of Japan raises interest rates", "The yen rose against the dollar as investors sold bonds.", "Business"),
    ("Airline's profits fall as fuel costs climb", "Shares in the carrier dropped 6% in London.", "Business"),
    ("Retailer to close 90 stores", "Sales have slumped, and the company will shed 2,000 jobs.", "Business"),
    ("Brewer agrees takeover of rival", "Shareholders will get $42 a share in cash.", "Business"),
    ("Inflation slows to 2.1% in April", "Economists had expected prices to rise faster.", "Business"),
    ("Mobile operator's earnings beat forecasts", "Revenue rose 8% and the dividend was lifted.", "Business"),
    ("Games publisher's shares dive after profit warning", "Analysts cut their revenue forecasts.", "Business"),
    ("Crude oil slips below $60 a barrel", "Traders fear that demand in China is slowing.", "Business"),
    ("Former chief executive charged with fraud", "Prosecutors say the firm's accounts hid losses.", "Business"),
    # Technology
    ("New phone has folding screen", "The handset runs Android and has three cameras.", "Technology"),
    ("Worm spreads through e-mail attachments", "Users are told to update their anti-virus software.", "Technology"),
    ("Console sells out within hours", "Gamers queued overnight for the machine.", "Technology"),
    ("Chatbot learns to write code", "The language model was trained on open-source software.", "Technology"),
    ("Broadband speeds double in villages", "Fibre reaches homes that had slow net links.", "Technology"),
    ("Browser blocks tracking cookies by default", "Web users can see which sites follow them.", "Technology"),
    ("Hackers steal passwords of two million users", "The website's database was not encrypted.", "Technology"),
    ("Robot vacuum maps the house with a laser", "Its software remembers furniture.", "Technology"),
    # Science
    ("Telescope spots galaxy from dawn of the universe", "Astronomers measured its light in infrared.", "Science"),
    ("Fossil of feathered dinosaur unearthed in China", "Palaeontologists think that it could glide.", "Science"),
    ("Physicists trap single atom with laser", "The experiment tests quantum theory.", "Science"),
    ("Probe enters orbit around Jupiter's moon", "Nasa's scientists look for an ocean.", "Science"),
    ("Genome of woolly mammoth sequenced", "Geneticists compared the DNA with that of elephants.", "Science"),
    ("Archaeologists date cave to 60,000 years ago", "Bones and tools were found in layers.", "Science"),
    # Health
    ("Trial of malaria vaccine begins in Ghana", "Children will get three doses, doctors said.", "Health"),
    ("Hospitals full as flu spreads", "Patients wait on trolleys, and nurses work double shifts.", "Health"),
    ("Statins may cut risk of stroke", "Researchers followed patients with high cholesterol.", "Health"),
    ("Surgeons transplant lung from living donor", "The patient is breathing without help.", "Health"),
    ("Cholera outbreak kills 30", "Health workers are treating the sick and chlorinating wells.", "Health"),
    ("Obesity doubles among children", "Doctors warn of diabetes and heart disease.", "Health"),
    # Sport
    ("Late goal sends United top", "The striker headed in from a corner in stoppage time.", "Sport"),
    ("Wales name unchanged side for Six Nations", "The coach kept faith with the pack that beat Italy.", "Sport"),
    ("Sprinter banned for doping", "The 100m champion tested positive for a steroid.", "Sport"),
    ("Third seed out of Wimbledon", "She lost in straight sets to a qualifier.", "Sport"),
    ("All-rounder's century saves Test", "The tourists finished on 310-7 at stumps.", "Sport"),
    ("Midfielder signs four-year contract", "The club beat two rivals to the transfer.", "Sport"),
    ("Cyclist wins stage in the Alps", "He takes the yellow jersey from the Spaniard.", "Sport"),
    # Culture
    ("Thriller leads Bafta nominations", "Its director and leading actress are both shortlisted.", "Culture"),
    ("Singer's album goes to number one", "The band will tour in spring.", "Culture"),
    ("Novelist wins literary prize", "Judges praised the book's humour.", "Culture"),
    ("Museum opens Picasso exhibition", "Paintings from forty galleries are on show.", "Culture"),
    ("Sitcom to return for final series", "Viewers will learn who marries whom, the actors say.", "Culture"),
    ("Ballet company stages Giselle", "The choreographer set it in a factory; critics applauded.", "Culture"),
    ("Actor cleared of assault", "The film star smiled as fans cheered outside the court.", "Culture"),
    # Environment
    ("Glaciers melt faster than feared", "Warming could raise sea levels, climate researchers say.", "Environment"),
    ("Loggers move into rainforest reserve", "Conservationists say that orang-utans are in danger.", "Environment"),
    ("Oil spill threatens sea birds", "Volunteers clean beaches and rescue oiled penguins.", "Environment"),
    ("Wolves return to forest after a century", "Wildlife officials counted three packs.", "Environment"),
    ("Carbon emissions reach new high", "Greenhouse gases must fall to limit global warming.", "Environment"),
    # General
    ("Man held after woman found dead", "Detectives have appealed for witnesses to come forward.", "General"),
    ("Two killed as lorry hits bus", "Firefighters freed passengers from the wreckage.", "General"),
    ("Earthquake flattens mountain villages", "Rescuers are digging for survivors with bare hands.", "General"),
    ("Pilgrims gather for feast", "Worshippers lit candles and prayed through the night.", "General"),
]


@pytest.fixture(scope="module")
def tagger() -> Tagger:
    return Tagger.load()


@pytest.mark.parametrize(("title", "text", "expected"), CASES)
def test_words_and_topics_tell_the_category(tagger: Tagger, title: str, text: str, expected: str) -> None:
    assert tagger.tag(title, text).category == expected


@pytest.mark.parametrize(
    ("title", "category"),
    [("Magnitude 6.1 earthquake strikes Hokkaido", Category.ENVIRONMENT),
     ("Earthquake hits Peru", Category.ENVIRONMENT),
     ("Typhoon strikes Mindanao", Category.ENVIRONMENT), ("Cyclone strikes Vanuatu", Category.ENVIRONMENT),
     ("Lightning strikes kill 12 in Bangladesh", Category.ENVIRONMENT),
     ("Drone strike hits flats in Odesa", Category.POLITICS), ("Air strike kills nine in Idlib", Category.POLITICS),
     ("Railway workers strike over pay", Category.BUSINESS)],
)  # fmt: skip
def test_storms_and_armies_strike_like_workers(tagger: Tagger, title: str, category: Category) -> None:
    assert tagger.tag(title, "").category is category


def test_none_of_the_cases_was_learned_from() -> None:
    learned = {json.loads(line)["title"] for line in NEWS.read_text(encoding="utf-8").splitlines()}
    assert not learned & {title for title, _, _ in CASES}


def test_the_section_comes_first(tagger: Tagger) -> None:
    title, text = "Late goal sends United top", "The striker headed in from a corner."
    assert tagger.tag(title, text, section="Business", categories=("Health",)).category is Category.BUSINESS


def test_the_publishers_categories_come_next(tagger: Tagger) -> None:
    title, text = "Late goal sends United top", "The striker headed in from a corner."
    assert tagger.tag(title, text, categories=("Health",)).category is Category.HEALTH


def test_topics_decide_between_two_of_the_publishers_categories() -> None:
    told = read(("Health", "Business"))
    assert choose(None, told, {Category.BUSINESS: 0.4}, ([], [])) is Category.BUSINESS


@pytest.mark.parametrize("title", ["", "…", "-", "Zzyzx qwfp", "The of and to in a"])
def test_nothing_stands_out_of_nothing(tagger: Tagger, title: str) -> None:
    assert tagger.tag(title, "").category is Category.GENERAL


def test_in_an_unknown_language_topics_decide(tagger: Tagger) -> None:
    unknown = chunk_terms("Serikali imetangaza bajeti mpya ya elimu na afya, rais amesema leo")[1]
    assert weights().category(unknown, [], {Category.SPORT: 0.5}) is Category.SPORT
    assert weights().category(unknown, [], {}) is Category.GENERAL


def test_without_terms_topics_decide() -> None:
    assert choose(None, [], {Category.HEALTH: 0.5, Category.SPORT: 0.4}) is Category.HEALTH
    assert choose(None, [], {Category.HEALTH: 0.1}) is by_topics({}) is Category.GENERAL


def test_a_taken_back_vote_says_nothing() -> None:
    terms = chunk_terms("Late goal sends United top")[1]
    assert weights().category(terms, [], {Category.HEALTH: -0.5}) is Category.SPORT


def test_the_same_text_has_the_same_category_in_a_long_item(tagger: Tagger) -> None:
    said = {tagger.tag("Bank raises rates", "Shares fell in London. " * 150).category for _ in range(3)}
    assert said == {Category.BUSINESS}


def test_weights_are_well_formed_and_in_order() -> None:
    lines = rows("category_weights.tsv")
    assert all(len(line) == 2 for line in lines)
    names = [name for name, _ in lines]
    assert names[:10] == [BIAS, *(f"{TOPICS}{kind}" for kind in Category)]
    assert names[10:] == sorted(set(names[10:]))
    for name, says in lines:
        told = [one.split(":") for one in says.split(" ")]
        kinds = [kind for kind, _ in told]
        assert kinds == [kind for kind in Category if kind in kinds], name
        assert all(abs(float(weight)) < 20 for _, weight in told), name


def test_weights_were_learned_from_the_written_news_as_it_is() -> None:
    head = WEIGHTS.read_text(encoding="utf-8").split("\n*\t")[0]
    assert digest() in head
    assert f"{len(NEWS.read_text(encoding='utf-8').splitlines()):,} news items" in head


def test_the_name_of_a_place_says_little_for_sport(tagger: Tagger) -> None:
    known = dict(rows("category_weights.tsv"))
    for place in places() & known.keys():
        told = dict(one.split(":") for one in known[place].split(" "))
        assert float(told.get(Category.SPORT, 0)) <= PLACE_AT_MOST, place
    assert tagger.tag("Wales bans straws of plastic", "").category is Category.ENVIRONMENT
    assert tagger.tag("England to ban plastic spoons", "").category is Category.ENVIRONMENT
    assert tagger.tag("England collapse to 120 all out", "").category is Category.SPORT


def test_written_news_is_well_formed() -> None:
    items = [json.loads(line) for line in NEWS.read_text(encoding="utf-8").splitlines()]
    assert {tuple(item) for item in items} == {("category", "title", "text")}
    assert len({item["title"] for item in items}) == len(items)
    for kind in Category:
        assert sum(item["category"] == kind for item in items) >= 150, kind


def test_what_is_learned_is_what_is_loaded() -> None:
    """A few items, learned twice: the same rows, and weights that tell the items apart."""
    made = [
        Item(Category.SPORT, ["goal", "keeper"], ["coach", "goal"], {Category.SPORT: 1.0}),
        Item(Category.BUSINESS, ["share", "profit"], ["bank", "profit"], {}),
        Item(Category.HEALTH, ["vaccine", "dose"], ["doctor", "nurse"], {}),
    ] * 7
    extra = [(Category.SPORT, frozenset(("penalty", "goal")))]
    learned = learn(made, extra, everywhere=0.5)
    assert learned == learn(made, extra, everywhere=0.5)
    known = Weights(learned)
    assert [known.category(item.title, item.text, item.votes) for item in made] == [item.category for item in made]


def test_weights_keep_two_digits_and_leave_out_what_is_little() -> None:
    assert written([0.0, 1.234, -0.5, 0.1, 0, 0, 0, 0, 20], 0.2) == "Politics:1.23 Business:-0.5 Environment:20"


def test_descent_separates_two_kinds() -> None:
    learned, _ = descend([Sample([(0, 1.0)], 1, 1.0), Sample([(1, 1.0)], 6, 1.0)] * 20, 2)
    assert learned[0][1] > 0 > learned[0][6]
    assert learned[1][6] > 0 > learned[1][1]


def test_items_are_read_with_their_topics() -> None:
    items = read_items()
    assert sum(bool(item.votes) for item in items) > len(items) / 2

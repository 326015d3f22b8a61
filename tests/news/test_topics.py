"""Topics: ordinary wording finds them, longer wordings hide what they hold, words stand as in the text."""

import pytest

from bot.model import Role, Tagging
from bot.news.tagger import Tagger
from bot.news.taxonomy import build, parse

tagger = Tagger.load()


def found(title: str, text: str = "") -> dict[str, Tagging]:
    return {one.tag: one for one in tagger.tag(title, text).topics}


@pytest.mark.parametrize(
    ("title", "tag"),
    [
        ("The two navies agreed to deepen security co-operation", "securitycooperation"),
        ("Japan and the Philippines sign defence pact", "securitycooperation"),
        ("Leaders hail military cooperation", "securitycooperation"),
        ("Coast guards begin joint patrols", "securitycooperation"),
        ("A new security pact in the Pacific", "securitycooperation"),
        ("Stronger defense ties", "securitycooperation"),
        ("Parliament passes trade bill after free-trade deal", "trade"),
        ("Voters go to the polls on Sunday", "elections"),
        ("Hackers steal data in cyber-attack", "cybersecurity"),
        ("Hackers steal data in cyberattack", "cybersecurity"),
        ("Global warming and the oceans", "climatechange"),
        ("Bank of Japan raises interest rates", "interestrates"),
        ("Truce holds on second day", "ceasefire"),
        ("Cease-fire holds", "ceasefire"),
        ("OPEC+ cuts production of crude", "oil"),
        ("LNG exports rise", "gas"),
        ("TSMC builds a chip plant", "semiconductors"),
        ("Bitcoin falls", "cryptocurrency"),
        ("Asylum seekers wait at the border", "refugees"),
        ("A 7.1-magnitude quake hits the coast; aftershocks felt", "earthquakes"),
        ("Grand prix: pole position for the champion", "motorsport"),
        ("Uprising after anti-government protests", "protests"),
        ("Fighting with #ClimateCrisis tags", "climatechange"),
        ("Israeli tanks enter Gaza City", "gazawar"),
        ("Coffee prices hit a record as Brazil's robusta crop fails", "coffee"),
        ("Miners find copper in Zambia", "copper"),
        ("Dollar falls against the yen after central bank intervention", "currencies"),
        ("Company lifts quarterly dividend", "companyearnings"),
        ("Rival makes hostile bid, unsolicited offer rejected", "mergers"),
        ("Heavy snow closes schools", "winterstorms"),
        ("Chemist and geologist share a prize for graphene", "nanotechnology"),
        ("Warship joins war games in the East China Sea", "eastchinasea"),
        ("Voters unsure, says new opinion poll", "opinionpolls"),
        ("A Michelin star for the chef", "restaurants"),
        ("Boeing jetliner grounded", "aerospace"),
        ("Trump signs executive order", "executiveorders"),
        ("Ferry workers strike across Greece", "strikes"),
        ("Junior lawyers vote to strike", "strikes"),
        ("Nurses to strike in March", "strikes"),
        ("Bakers to strike over rosters", "strikes"),
        ("Tractor maker's strike ends after six weeks", "strikes"),
        ("Airport strike grounds hundreds of flights", "strikes"),
        ("Bin strike enters second month", "strikes"),
        ("Colonels seize power", "coup"),
        ("Gunmen abduct priest", "hostages"),
        ("Tanker capsizes off the cape", "transportaccidents"),
        ("Tram derails in the suburbs", "transportaccidents"),
        ("Man stabs two at a market", "assault"),
        ("Island hangs man for smuggling", "deathpenalty"),
        ("Danube bursts its banks", "floods"),
        ("Cricket returns to the village green", "cricket"),
    ],
)
def test_ordinary_wording(title: str, tag: str) -> None:
    assert tag in found(title)


@pytest.mark.parametrize(
    ("title", "tag"),
    [
        ("Settlers in the West Bank", "banking"),
        ("A food bank in the north", "banking"),
        ("Tiger Woods wins again", "wildlife"),
        ("A climate of fear", "climatechange"),
        ("Landslide victory for the opposition", "floods"),
        ("He met his friends over lunch", "baseball"),
        ("The trade warning came late", "tariffs"),
        ("Air strikes in the city", "strikes"),
        ("A trump card in the talks", "uspolitics"),
        ("Who says what to whom", "health"),
        ("The river rose overnight", "flowers"),
        ("Final nail in the coffin", "funerals"),
        ("Prices rose by 30 billion yen", "yen"),
        ("Taxpayers in the title race", "housing"),
        ("The jets begin strikes on the port", "strikes"),
        ("Senators vote to strike down the rule", "strikes"),
        ("Driver strikes a cyclist", "strikes"),
        ("Danube bursts its banks", "banking"),
        ("A data bank of voices", "banking"),
        ("Cricket returns to the village green", "zoology"),
        ("Tourist coach plunges into a ravine", "sport"),
        ("Coach driver asleep at the wheel", "sport"),
        ("Flu jab trial begins", "courts"),
        ("A trial shows that the pill works", "courts"),
        ("Baker takes over as mayor", "mergers"),
        ("Bakery to ship cakes abroad", "shipping"),
        ("Chat app outage lasts for hours", "electricity"),
        ("He will take a stab at the record", "assault"),
        ("Row could derail talks", "transportaccidents"),
    ],
)
def test_what_means_something_else(title: str, tag: str) -> None:
    assert tag not in found(title)


def test_words_stand_as_in_the_text() -> None:
    text = "The  sides (finally!) signed a “defence\tpact”—and joint-patrols; China’s peacekeepers…"
    topics = found("Security Co-operation, at last", text)
    assert topics["securitycooperation"].words == ("Security Co-operation", "defence\tpact", "joint-patrols")
    assert topics["peacekeeping"].words == ("peacekeepers",)


def test_words_cut_out_of_a_longer_chunk() -> None:
    assert found("US-peace-talks-row")["peacetalks"].words == ("peace-talks",)


def test_score_and_role() -> None:
    title = found("Ceasefire agreed")["ceasefire"]
    late = found("Something else", "plain words " * 60 + "a ceasefire held")["ceasefire"]
    assert late.score < title.score
    assert late.role is Role.MENTION
    assert title.score >= 0.45
    twice = found("Ceasefire agreed", "The truce holds. A cessation of hostilities follows.")["ceasefire"]
    assert twice.score > title.score
    assert twice.role is Role.SUBJECT
    ordered = tagger.tag("Ceasefire agreed as oil prices fall", "The truce holds.").topics
    assert [one.score for one in ordered] == sorted((one.score for one in ordered), reverse=True)


def test_another_taxonomy() -> None:
    topics = parse('category = "Sport"\n[quidditch]\nlabel = "quidditch"\nphrases = ["golden snitch"]\n')
    own = Tagger.load(build({topic.slug: topic for topic in topics}))
    assert [one.tag for one in own.tag("The golden snitches are caught", "").topics] == ["quidditch"]


def test_a_phrase_never_runs_from_title_into_text() -> None:
    assert "peacetalks" not in found("They want peace", "talks begin")

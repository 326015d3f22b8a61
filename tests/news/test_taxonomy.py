"""The taxonomy's own checks: what a reader amends must not contradict itself."""

import re
from collections import defaultdict
from collections.abc import Mapping

import pytest

from bot.model import Category
from bot.news.countries import find_country
from bot.news.taxonomy import Topic, build, keys, parse, taxonomy
from bot.news.text import contains, index_terms, phrase_terms, slug

TOPICS = taxonomy().topics

MUST = (
    *(
        "securitycooperation",
        "trade",
        "elections",
        "cybersecurity",
        "climatechange",
        "terrorism",
        "diplomacy",
        "defence",
    ),
    *("sanctions", "tariffs", "inflation", "centralbanks", "interestrates", "oil", "gas", "nuclearweapons"),
    *("nuclearenergy", "refugees", "migration", "humanrights", "protests", "coup", "ceasefire", "peacetalks"),
    *("artificialintelligence", "semiconductors", "cryptocurrency", "socialmedia", "space", "vaccines", "pandemic"),
    *("football", "cricket", "olympics", "film"),
)


def test_size_and_what_must_be_there() -> None:
    assert len(TOPICS) >= 600
    assert [name for name in MUST if name not in TOPICS] == []
    assert {topic.category for topic in TOPICS.values()} == set(Category)


def test_slugs_and_aliases_are_hashtags() -> None:
    for topic in TOPICS.values():
        assert slug(topic.slug) == topic.slug
        assert [alias for alias in topic.aliases if slug(alias) != alias] == []
        assert topic.label.strip() == topic.label != ""


def test_no_name_means_two_topics() -> None:
    owners: dict[str, set[str]] = defaultdict(set)
    for topic in TOPICS.values():
        for name in (topic.slug, *topic.aliases):
            owners[name].add(topic.slug)
        assert len({topic.slug, *topic.aliases}) == 1 + len(topic.aliases), topic.slug
    assert {name: found for name, found in owners.items() if len(found) > 1} == {}


def test_no_name_hides_a_country() -> None:
    bodies = {"EU", "UN", "VA"}  # the Vatican is sooner the church than the state
    for topic in TOPICS.values():
        for name in (topic.slug, *topic.aliases):
            code = find_country(name) if len(name) > 2 else None
            assert code is None or code in bodies or code.startswith("x-"), name


def test_no_phrase_belongs_to_two_topics() -> None:
    owners: dict[str, list[str]] = defaultdict(list)
    for topic in TOPICS.values():
        for phrase in topic.phrases:
            owners[index_terms(phrase)].append(topic.slug)
    assert "" not in owners
    assert {phrase: found for phrase, found in owners.items() if len(found) > 1} == {}


def test_every_topic_has_phrases() -> None:
    assert [topic.slug for topic in TOPICS.values() if len(topic.phrases) < 3] == []


def test_excluded_wordings_hold_a_phrase_and_are_none() -> None:
    phrases = {index_terms(phrase) for topic in TOPICS.values() for phrase in topic.phrases}
    for topic in TOPICS.values():
        for wording in topic.excluded:
            terms = index_terms(wording)
            assert terms not in phrases, wording
            assert any(contains(terms, phrase_terms(phrase)) for phrase in topic.phrases), wording


AMBIGUOUS = (
    "strike",
    "bill",
    "gas",
    "oil",
    "state",
    "deal",
    "power",
    "general",
    "met",
    "over",
    "shell",
    "windows",
    "gold",
)


@pytest.mark.parametrize("word", AMBIGUOUS)
def test_common_ambiguous_words_are_no_phrases(word: str) -> None:
    assert [topic.slug for topic in TOPICS.values() if word in map(index_terms, topic.phrases)] == []


def test_a_file_of_the_wrong_shape_is_refused() -> None:
    with pytest.raises(ValueError):
        list(parse('category = "Nonsense"\n[a]\nlabel = "a"\n'))
    with pytest.raises(KeyError):
        list(parse('category = "Sport"\n[a]\nphrases = ["b"]\n'))
    with pytest.raises(ValueError):
        list(parse('category = "Sport"\n[a]\nlabel = "a"\n[a]\nlabel = "b"\n'))


def test_a_reader_can_amend_it() -> None:
    text = 'category = "Sport"\n[kabaddi]\nlabel = "kabaddi"\naliases = ["prokabaddi"]\nphrases = ["raiders"]\n'
    topics = {topic.slug: topic for topic in parse(text)}
    found = build(topics).find("Pro Kabaddi")
    assert found is not None
    assert found.slug == "kabaddi"
    assert list(keys("Centre-Parties")) == ["centreparties", "centerparty"]


def read(text: str) -> dict[str, Topic]:
    return {topic.slug: topic for topic in parse(f'category = "Sport"\n{text}')}


@pytest.mark.parametrize(
    ("table", "told"),
    [
        ('[a]\nlabel = "a"\nfrases = ["b"]\n', "topic a: unknown key frases"),
        ('[a]\nlabel = "a"\niptc = "20000639"\n', "topic a: iptc"),
        ('[a]\nlabel = "a"\nparent = ["b"]\n', "topic a: parent"),
        ('[a]\nlabel = "a"\nphrases = "b"\n', "topic a: phrases"),
        ("a = 1\n", "a: no table"),
    ],
)
def test_a_mistake_is_told_with_its_topic_and_key(table: str, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        read(table)


@pytest.mark.parametrize(
    "text",
    [
        '[a]\nlabel = "a"\nparent = "gone"\n',
        '[a]\nlabel = "a"\nparent = "a"\n',
        '[a]\nlabel = "a"\nparent = "b"\n[b]\nlabel = "b"\nparent = "c"\n[c]\nlabel = "c"\nparent = "b"\n',
    ],
)
def test_dead_parents_and_cycles_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="its parent"):
        build(read(text))


def test_parents_and_numbers_of_iptc() -> None:
    topic = read('[a]\nlabel = "a"\n[b]\nlabel = "b"\nparent = "a"\niptc = "medtop:20000888"\n')["b"]
    assert (topic.parent, topic.iptc) == ("a", "medtop:20000888")
    assert [one.slug for one in TOPICS.values() if one.parent is not None and one.parent not in TOPICS] == []
    numbers = [one.iptc for one in TOPICS.values() if one.iptc is not None]
    assert len(numbers) >= 200
    assert [number for number in numbers if not re.fullmatch(r"medtop:2000\d{4}", number)] == []
    assert len(set(numbers)) == len(numbers)


@pytest.mark.parametrize(
    ("typed", "slug"),
    [
        ("Inflation (Economics)", "inflation"),
        ("Books and Literature", "books"),
        ("Deaths (Obituaries)", "obituaries"),
        ("money-fx", "currencies"),
        ("Politics and Government", "government"),
    ],
)
def test_editors_vocabulary_is_found(typed: str, slug: str) -> None:
    found = taxonomy().find(typed)
    assert found is not None
    assert found.slug == slug


@pytest.mark.parametrize("typed", ["football and cricket", "war and custard", "()", "and", ""])
def test_a_list_of_different_things_is_no_topic(typed: str) -> None:
    assert taxonomy().find(typed) is None


MEANT = """
    advertising: americanfootball
    agriculture: agriculturalcommodities
    airports: nationalsecurity
    animalrights: horseracing
    antitrust: technology
    armscontrol: chemicalweapons nucleartests
    artificialintelligence: smallbusiness
    asiangames: aviation
    awards: books culturalpolicy sport
    bankingcrisis: technology
    bokoharam: rivers
    bookprizes: nobelprize
    books: nobelprize
    boxoffice: sexualharassment
    brexit: trade
    campusprotests: freespeech
    cbdc: centralbanks
    censorship: internet socialmedia
    centralbanks: banking bonds
    childrensbooks: youth
    churchabuse: sexualharassment
    civilrights: protestantism
    coldwar: armscontrol film
    collegesports: heritage
    conflict: pandemic
    consulting: cybersecurity
    consumercredit: studentloans
    corporategovernance: presidency
    coup: mergers
    cricket: christmas
    criminaljusticereform: juvenilecrime
    cryptocurrency: corporatefraud
    cybersecurity: consumercredit ukrainewar welfare
    dams: infrastructure
    departmentstores: civilrights
    derivatives: interestrates
    earthquakes: geology
    eastchinasea: navy
    education: visas
    emergingcurrencies: bankingcrisis
    esports: worldcup
    exams: onlinesafety
    executiveorders: disasterpreparedness
    extremism: farright
    fastfood: ecosystems
    festivals: rowing
    fires: heritage
    gazawar: music
    genderequality: wages
    genocide: internationallaw minorities
    gossip: fashion
    grain: agriculture
    guantanamo: medicaldevices
    haiticrisis: gangs
    hazardousmaterials: petrochemicals
    hongkongpolitics: corporategovernance nationalsecurity securitiesregulation
    housing: inflation
    hunger: education
    imf: banking infrastructure
    indiapakistan: nuclearweapons
    industrialaccidents: petrochemicals
    industrialpolicy: manufacturing
    inequality: stockmarkets
    iransanctions: oil
    koreanpeninsula: koreanwar
    koreanwar: conflict iraqwar veterans
    kurds: brazilianpolitics
    kurilislands: peacetalks
    masculinity: genderequality mentalhealth
    media: presidency stockmarkets
    medicalresearch: doctors
    metals: oceanscience
    murder: courts
    musicindustry: intellectualproperty
    mutualfunds: interestrates
    nationalsecurity: cybersecurity fbi unitednations
    northernirelandpeace: devolution
    nursinghomes: socialservices
    oceanscience: nationalparks
    onlinesafety: freespeech
    pandemic: cruises
    pensions: welfare
    policebrutality: blackpeople racism
    privatization: stockmarkets
    propaganda: deepfakes
    reconciliation: humantrafficking
    russiasanctions: centralbanks oil
    securitiesregulation: food
    securitycooperation: militaryexercises navy
    sept11: trade
    sexuality: contraception
    shipping: rivers transportaccidents
    skin: beauty
    sportsbusiness: mergers mutualfunds sovereignwealthfunds
    sportsvenues: concerts cryptocurrency
    spyscandals: courts crime
    strikes: actors
    taiwanstrait: airforce armstrade
    taliban: nationalsecurity
    telecommunications: athletics
    telescopes: medicaldevices
    television: ecommerce
    terrorism: whitesupremacy
    tobacco: lifestyle
    tourism: sanctions
    tradeagreements: jointventures
    tradefairs: cameras
    transplants: stemcells
    trumpinvestigations: taxes
    tsunami: oceanscience
    turkishpolitics: emergingcurrencies
    twitter: billionaires
    unitednations: peacekeeping
    utilities: interestrates
    warcrimes: chemicalweapons
    waterpollution: elections
    winterholidays: dating veterans
    youth: education
"""
"""A topic, and the topics of other branches whose phrases its longer ones hide: in "Super Bowl ad" nothing is won."""


def swallowed(topics: Mapping[str, Topic]) -> set[tuple[str, str]]:
    """Whose phrase hides whose, as the longest wins, where that may lose a topic: a phrase of two terms or more, which
    says much by itself, inside one of a topic from another branch. A single word, or a topic of the same branch, is
    what a longer wording is there to make precise."""
    owners = {index_terms(phrase): topic.slug for topic in topics.values() for phrase in topic.phrases}

    def branch(slug: str) -> str:
        parent = topics[slug].parent
        return slug if parent is None else branch(parent)

    found: set[tuple[str, str]] = set()
    for phrase, owner in owners.items():
        terms = phrase.split()
        for start in range(len(terms)):
            for end in range(start + 2, len(terms) + 1):
                hidden = owners.get(" ".join(terms[start:end]))
                if hidden is not None and branch(hidden) != branch(owner):
                    found.add((owner, hidden))
    return found


def test_no_phrase_hides_a_topic_of_another_branch_unmeant() -> None:
    meant = {
        (owner, hidden)
        for line in MEANT.strip().splitlines()
        for owner, _, others in [line.strip().partition(":")]
        for hidden in others.split()
    }
    found = swallowed(TOPICS)
    assert sorted(found - meant) == []
    assert sorted(meant - found) == [], "no longer needed"


def test_what_the_check_of_hidden_phrases_refuses() -> None:
    text = '[a]\nlabel = "a"\nphrases = ["peace talks in Oslo"]\n[b]\nlabel = "b"\nphrases = ["peace talks", "Oslo"]\n'
    assert swallowed(read(text)) == {("a", "b")}
    assert swallowed(read(text.replace('label = "a"', 'label = "a"\nparent = "b"'))) == set()
    assert swallowed(read(text.replace('"peace talks", ', ""))) == set()

"""Topics in other languages than English: headlines written here, inflected words, names, and the data's own checks."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings, strategies as st

from bot.model import Category, Tagging
from bot.news.countries import find_country
from bot.news.hashtags import Hashtags
from bot.news.local_places import LANGUAGES
from bot.news.local_topics import (
    UNSPACED,
    LocalTopic,
    LocalTopics,
    build as build_local,
    labels,
    local_topics,
    read_table,
    told_language,
)
from bot.news.tagger import Tagger
from bot.news.taxonomy import build, taxonomy
from bot.news.text import index_terms, slug

LEAST = 0.85
HEADLINES = Path(__file__).parents[1] / "data" / "topic_headlines"
TOPICS = taxonomy().topics
ALL = sorted(LANGUAGES)
tagger = Tagger.load()


def found(title: str, language: str | None, text: str = "") -> dict[str, Tagging]:
    return {one.tag: one for one in tagger.tag(title, text, language=language).topics}


def headlines(language: str) -> Iterator[tuple[str, set[str], str]]:
    for line in HEADLINES.joinpath(f"{language}.tsv").read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            part, topics, headline = line.split("\t")
            yield part, set(topics.split()) - {"-"}, headline


@pytest.mark.parametrize("language", ALL)
def test_headlines(language: str) -> None:
    table = read_table(language)[0].keys()
    assert len(list(headlines(language))) == 15
    right = wrong = missing = 0
    failed = []
    for part, wanted, headline in headlines(language):
        assert part in ("dev", "held")
        assert wanted <= table
        tags = found(headline, language).keys() & table
        right, wrong, missing = right + len(tags & wanted), wrong + len(tags - wanted), missing + len(wanted - tags)
        if tags != wanted:
            failed.append(f"{headline}: {sorted(wanted)}, found {sorted(tags)}")
    assert 2 * right / (2 * right + wrong + missing) >= LEAST, "\n".join(failed)


@pytest.mark.parametrize(
    ("language", "texts", "tag"),
    [
        ("ru", "Изменение климата|Изменения климата|об изменении климата|изменением климата", "climatechange"),
        ("uk", "Зміна клімату|змін клімату|зміною клімату|про зміни клімату", "climatechange"),
        ("pl", "Zmiany klimatu|zmianami klimatu|o zmianach klimatu|zmiana klimatyczna", "climatechange"),
        ("tr", "Seçim|seçimler|seçimlerde|seçimin|Seçimleri|SEÇİM", "elections"),
        ("de", "Wahlkampf|Wahlkampfs|des Wahlkampfes|Bundestagswahlen|Landtagswahl", "elections"),
        ("de", "Künstliche Intelligenz|künstlicher Intelligenz|die künstliche Intelligenz", "artificialintelligence"),
        ("fr", "Les réfugiés|un réfugié|une réfugiée|LES RÉFUGIÉS", "refugees"),
        ("es", "Elecciones|Las elecciones|la elección presidencial|comicios", "elections"),
        ("fr", "l'inflation|d’inflation|L’inflation", "inflation"),
        ("it", "l'alluvione|dell'alluvione|alluvioni", "floods"),
        ("ar", "الزلزال|زلزال|وزلزال|بالزلزال|للزلزال|كالزلزال|والزلزال|فالزلزال|زِلْزَال", "earthquakes"),
        ("ar", "التعاون الأمني|والتعاون الامني|للتعاون الأمني|بالتعاون الأمنى|تعاون أمني", "securitycooperation"),
        ("fa", "آتش‌بس|آتش بس|آتشبس", "ceasefire"),
        ("fa", "موشک|موشک‌ها|موشک‌های", "missiles"),
        ("hi", "चुनाव|चुनावों|चुनावी", "elections"),
        ("vi", "Bầu cử|bầu cử|BẦU CỬ", "elections"),
        ("vi", "thỏa thuận hòa bình|thoả thuận hoà bình", "peacetalks"),
        ("zh", "颱風|台风|臺風|強颱風", "hurricanes"),
        ("zh", "氣候變化|气候变化|氣候變遷", "climatechange"),
        ("ja", "選挙|総選挙|衆院選", "elections"),
        ("ko", "산불|산불이|산불은", "wildfires"),
        ("de", "Streik|Lokführer streiken|Die Müllabfuhr streikt|Post wird bestreikt", "strikes"),
        ("de", "Bayern verliert in Mainz|Stuttgart gewinnt gegen Dortmund|Hamburg gewinnt Derby", "football"),
        ("ru", "Переговоры в Астане|после переговоров|встреча с президентом|на встрече с премьером", "diplomacy"),
        ("ja", "日韓外相が会談|首相が訪米|公式訪問", "diplomacy"),
        ("zh", "两国总理会晤|会谈结束|国事访问", "diplomacy"),
    ],
)
def test_forms_of_a_word(language: str, texts: str, tag: str) -> None:
    assert [text for text in texts.split("|") if tag not in found(text, language)] == []


@pytest.mark.parametrize(
    ("language", "text", "tag"),
    [
        ("fr", "Un retraité retrouve son alliance", "pensions"),
        ("vi", "Ai là người may mắn", "artificialintelligence"),
        ("vi", "tờ báo cũ", "hurricanes"),
        ("de", "So ein Ki", "artificialintelligence"),
        ("ja", "ステロイドの副作用", "terrorism"),
        ("ja", "航空自衛隊の基地", "aviation"),
        ("ko", "문화재 보호", "fires"),
        ("ko", "유가족의 눈물", "oil"),
        ("zh", "音乐老师", "music"),
        ("ru", "запуск ракеты-носителя", "missiles"),
        ("ru", "Встреча выпускников школы", "diplomacy"),
        ("de", "Ein Streich der Nachbarn", "strikes"),
        ("de", "Tennisspielerin gewinnt gegen Favoritin", "football"),
        ("de", "Gift und Trade im Film Oil", "oil"),
        ("es", "El gas y el bill", "legislation"),
        ("it", "Pale e crime stagionale", "crime"),
    ],
)
def test_what_means_something_else(language: str, text: str, tag: str) -> None:
    assert tag not in found(text, language)


@pytest.mark.parametrize(
    ("language", "title", "words"),
    [
        ("fr", "Paris et Tokyo renforcent leur coopération militaire", "coopération militaire"),
        ("ja", "日本とフィリピン、安全保障協力を強化", "安全保障協力"),
        ("ar", "واشنطن والرياض توسعان التعاون الأمني", "التعاون الأمني"),
        (None, "日本とフィリピン、安全保障協力を強化", "安全保障協力"),
        (None, "واشنطن والرياض توسعان التعاون الأمني", "التعاون الأمني"),
        ("en", "日本とフィリピン、安全保障協力を強化", "安全保障協力"),
        ("pt-BR", "Brasil e Chile assinam acordo de defesa", "acordo de defesa"),
    ],
)
def test_security_cooperation_in_other_languages(language: str | None, title: str, words: str) -> None:
    tagging = found(title, language)["securitycooperation"]
    assert tagging.words == (words,)
    assert tagging.score > 0.5


def test_with_english_words_and_the_publishers() -> None:
    topics = found("Bitcoin über 100.000 Dollar: Kryptowährungen im Aufwind", "de")
    assert topics["cryptocurrency"].words == ("Bitcoin", "Kryptowährungen")
    assert topics["cryptocurrency"].score > 0.7
    assert "quantumcomputing" in found("Der Durchbruch: quantum computing", "de")
    assert "hydropower" in found("A usina de Itaipu", "pt")
    assert found("NATO, NATO", "de")["nato"].score < 0.8  # one and the same word, not an English and a German one
    tagged = tagger.tag("Les agriculteurs", "", language="fr", categories=["Sécheresse"])
    assert {one.tag for one in tagged.topics} == {"agriculture", "drought"}


def test_place_of_a_phrase() -> None:
    title = found("Grève", "fr")["strikes"]
    lead = found("Bonjour", "fr", "La grève continue.")["strikes"]
    rest = found("Bonjour", "fr", f"{'les mots ' * 40} la grève générale dans les chemins de fer")["strikes"]
    assert title.score > lead.score > rest.score
    assert "peacetalks" not in found("pourparlers de", "fr", "paix")


@pytest.mark.parametrize(
    ("language", "title", "category"),
    [
        ("fr", "Tour de France : le maillot jaune abandonne", Category.SPORT),
        ("ja", "サッカー日本代表、ワールドカップ出場", Category.SPORT),
        ("ru", "Центробанк повысил ключевую ставку", Category.BUSINESS),
        ("es", "La vacuna contra el cáncer", Category.HEALTH),
        ("ar", "زلزال يضرب المغرب", Category.ENVIRONMENT),
    ],
)
def test_category(language: str, title: str, category: Category) -> None:
    assert tagger.tag(title, "", language=language).category is category


@pytest.mark.parametrize(
    ("typed", "tag"),
    [
        ("coopération en matière de sécurité", "securitycooperation"),
        ("#coopérationenmatièredesécurité", "securitycooperation"),
        ("#changementclimatique", "climatechange"),
        ("Klimawandel", "climatechange"),
        ("選挙", "elections"),
        ("выборы", "elections"),
        ("#الانتخابات", "elections"),
        ("bầu cử", "elections"),
        ("film", "film"),
    ],
)
def test_names_are_found(typed: str, tag: str) -> None:
    known = Hashtags.load().known(typed)
    assert known is not None
    assert known.tag == tag


def test_no_name_hides_another() -> None:
    own = build(TOPICS).names
    vocabulary: dict[str, set[str]] = defaultdict(set)
    for topic in TOPICS.values():
        for phrase in (topic.label, *topic.phrases):
            for word in index_terms(phrase).split():
                vocabulary[word].add(topic.slug)
    names = taxonomy().names
    assert {name: names[name] for name in own} == own
    added = names.keys() - own.keys()
    assert len(added) > 2_000
    assert [name for name in added if find_country(name) is not None] == []
    assert [name for name in added if name in vocabulary and names[name] not in vocabulary[name]] == []


def test_a_name_that_means_two_topics_is_left_out() -> None:
    owners: dict[str, set[str]] = defaultdict(set)
    for language in ALL:
        for topic, one in read_table(language)[0].items():
            owners[slug(one.label)].add(topic)
    assert labels() == {name: min(of) for name, of in owners.items() if len(of) == 1 and len(name) > 1}


@pytest.mark.parametrize(
    ("language", "text", "told"),
    [
        ("fr", "Bonjour", "fr"),
        ("pt-BR", "Olá", "pt"),
        ("zh_TW", "台灣", "zh"),
        ("en", "Hello", None),
        ("en", "Café", None),
        (None, "Hello", None),
        (None, "Grève générale", None),
        (None, "Выборы в России", "ru"),
        ("en", "Выборы в России", "ru"),
        ("sv", "Val i Sverige", None),
    ],
)
def test_told_language(language: str | None, text: str, told: str | None) -> None:
    assert told_language(language, text) == told


def test_languages_without_a_table() -> None:
    assert local_topics("en") is None
    assert local_topics("sv") is None


@cache
def every_phrase() -> list[str]:
    return [phrase for language in ALL for one in read_table(language)[0].values() for phrase in one.phrases]


@settings(max_examples=200, deadline=None)
@given(
    st.sampled_from([*ALL, None, "en", "xx"]),
    st.text(max_size=60),
    st.lists(
        st.one_of(st.sampled_from(every_phrase()), st.text(max_size=12), st.sampled_from(" \t\n-'‌#، 、")), max_size=9
    ),
)
def test_any_text_is_read_and_words_stand_in_it(language: str | None, title: str, parts: list[str]) -> None:
    body = "".join(parts)
    text = f"{title}\n{body}".encode("utf-8", "replace").decode("utf-8")
    for tagging in tagger.tag(title, body, language=language).topics:
        assert 0 < tagging.score <= 1
        assert [word for word in tagging.words if word not in text] == []


@pytest.mark.parametrize("language", ALL)
def test_size_and_shape(language: str) -> None:
    table, variants = read_table(language)
    assert len(table) >= 150
    assert [topic for topic in table if topic not in TOPICS] == []
    assert [topic for topic, one in table.items() if not 3 <= len(one.phrases) <= 14] == []
    assert [one.label for one in table.values() if not one.label or one.label != one.label.strip()] == []
    assert bool(variants) == (language == "zh")
    assert not variants.keys() & variants.values()


def key_sets(local: LocalTopics, table: Mapping[str, LocalTopic]) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    for topic, one in table.items():
        for phrase in one.phrases:
            for keys in local.keys(phrase):
                yield topic, phrase, keys


@pytest.mark.parametrize("language", ALL)
def test_no_phrase_twice(language: str) -> None:
    local = local_topics(language)
    assert local is not None
    owners: dict[tuple[str, ...], set[tuple[str, str]]] = defaultdict(set)
    for topic, phrase, keys in key_sets(local, read_table(language)[0]):
        assert keys
        owners[keys].add((topic, phrase))
    assert {keys: of for keys, of in owners.items() if len(of) > 1} == {}
    topics: dict[str, set[str]] = defaultdict(set)
    for keys, of in owners.items():
        topics[" ".join(keys).replace("*", "")].update(topic for topic, _ in of)
    assert {written: of for written, of in topics.items() if len(of) > 1} == {}, "one with a star, one without"


@pytest.mark.parametrize("language", ALL)
def test_every_phrase_is_found_as_it_is_written(language: str) -> None:
    local = local_topics(language)
    assert local is not None
    for topic, one in read_table(language)[0].items():
        for phrase in one.phrases:
            written = phrase.replace("*", "")
            found = [span.fitting(written) for span in local.find(index_terms(written), "")]
            assert topic in {one.topic for one in found if one is not None}, phrase


@pytest.mark.parametrize("language", ALL)
def test_excluded_wordings_hold_a_phrase(language: str) -> None:
    local = local_topics(language)
    assert local is not None
    table = read_table(language)[0]
    for one in table.values():
        for wording in one.excluded:
            wide = [keys for phrase in one.phrases for keys in local.keys(phrase)]
            assert any(covers(keys, within) for within in local.keys(wording) for keys in wide), wording


MEANT = {
    "fa": "irannuclear: nuclearenergy",
    "fr": "unitednations: peacekeeping; budget: legislation",
    "id": "bonds: publicdebt",
    "ja": "warcrimes: courts; interestrates: housing",
    "ko": "floods: extremeweather; planecrash: aviation; nobelprize: books",
    "vi": "securitycooperation: defence; sanctions: economy; deportation: migration; militaryspending: budget;"
    "militaryexercises: semiconductors; armstrade: trade; centralbanks: banking; banking: trade;"
    "transportaccidents: railways; nobelprize: books",
}
"""A topic, and the topics of other branches whose phrases its longer ones hide."""


def covers(keys: Sequence[str], within: Sequence[str]) -> bool:
    """Whether one phrase's words stand in a row within another's."""
    return any(
        all(
            word.rstrip("*").startswith(key[:-1]) if key.endswith("*") else word == key
            for key, word in zip(keys, within[start:], strict=False)
        )
        for start in range(len(within) - len(keys) + 1)
    )


@cache
def branch(topic: str) -> str:
    parent = TOPICS[topic].parent
    return topic if parent is None else branch(parent)


def swallowed(local: LocalTopics, table: Mapping[str, LocalTopic]) -> set[tuple[str, str]]:
    """Whose phrase hides whose, as the longest wins: of two terms or more (three characters where they are terms), and
    of another branch. A single word, or a topic of the same branch, a longer wording is there to make precise."""
    least = 3 if local.language in UNSPACED else 2
    phrases = [(topic, keys) for topic, _, keys in key_sets(local, table)]
    holding: dict[str, set[tuple[str, tuple[str, ...]]]] = defaultdict(set)
    for topic, keys in phrases:
        for word in keys:
            holding[word].add((topic, keys))
    begun = {
        key: [word for word in holding if word.startswith(key[:-1])] if key.endswith("*") else [key]
        for key in {keys[0] for _, keys in phrases if len(keys) >= least}
    }
    return {
        (owner, hidden)
        for hidden, keys in phrases
        if len(keys) >= least
        for word in begun[keys[0]]
        for owner, within in holding[word]
        if hidden != owner and covers(keys, within) and branch(hidden) != branch(owner)
    }


@pytest.mark.parametrize("language", ALL)
def test_no_phrase_hides_a_topic_of_another_branch_unmeant(language: str) -> None:
    local = local_topics(language)
    assert local is not None
    meant = {
        (owner.strip(), hidden)
        for line in MEANT.get(language, "").split(";")
        for owner, _, others in [line.partition(":")]
        for hidden in others.split()
    }
    hiding = swallowed(local, read_table(language)[0])
    assert sorted(hiding - meant) == []
    assert sorted(meant - hiding) == [], "no longer needed"


def test_what_the_checks_refuse() -> None:
    table = {
        "peacetalks": LocalTopic("paix", ("accord de paix", "accords de paix en mer")),
        "floods": LocalTopic("mer", ("paix en mer", "crue*")),
    }
    local = build_local("fr", table, {})
    assert swallowed(local, table) == {("peacetalks", "floods")}
    assert local.keys("accords de paix") == local.keys("accord de paix")
    assert local.keys("crue*") == (("crue*",),)

"""The grammar of filters: what people type, what it means, and where an error points."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import assume, given, strategies as st

from bot.filter_model import (
    NOTHING,
    Alternative,
    And,
    Filter,
    FilterError,
    Kind,
    Node,
    Not,
    Or,
    Tag,
    Topic,
    Words,
    alternatives,
    both,
    cover,
    dumped,
    either,
    leaves,
    loaded,
    needed,
    negated,
)
from bot.model import (
    OPERATOR,
    Candidate,
    Category,
    Criteria,
    How,
    Item,
    ItemId,
    Resolution,
    Role,
    Tagging,
    TagKind,
)
from bot.news import rules
from bot.news.filter_reasons import explain
from bot.news.filter_syntax import MOST_DEPTH, MOST_TERMS
from bot.news.filters import (
    LIMIT,
    STORED_LIMIT,
    filter_of,
    floods,
    holds,
    keys_of,
    matches,
    parse,
    pointing,
    resolved,
    resolved_by_name,
    text_of,
    typed_outlets,
    typed_topics,
    widened,
)
from bot.news.hashtags import Hashtags
from bot.news.text import index_terms

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
JP, PH, CN = (Tag(Kind.SUBJECT, code) for code in ("JP", "PH", "CN"))


def words(typed: str) -> Words:
    return Words(tuple(index_terms(typed).split()), typed)


def tagging(tag: str, kind: TagKind = TagKind.TOPIC, role: Role = Role.SUBJECT) -> Tagging:
    return Tagging(tag=tag, kind=kind, role=role, score=0.9, words=(tag,))


def candidate(text: str = "", *taggings: Tagging, **parts: Any) -> Candidate:
    fields: dict[str, Any] = {
        "outlet": "The Example",
        "outlet_country": None,
        "language": None,
        "category": Category.GENERAL,
        **parts,
    }
    item = Item(
        id=ItemId(1),
        title=text,
        url=None,
        published_at=NOW,
        first_seen_at=NOW,
        summary="",
        image=None,
        taggings=taggings,
        **fields,
    )
    return Candidate(item=item, terms=index_terms(text), scopes=(OPERATOR,))


# --- the grammar -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "root"),
    [
        ("war", words("war")),
        ("war crimes", And((words("war"), words("crimes")))),
        ('"war crimes"', words("war crimes")),
        ("security co-operation", And((words("security"), words("cooperation")))),
        ("security-cooperation", words("security cooperation")),
        ("war and peace", And((words("war"), words("peace")))),
        ("war AND peace", And((words("war"), words("peace")))),
        ("war OR peace", Or((words("war"), words("peace")))),
        ("war | peace", Or((words("war"), words("peace")))),
        ("war -peace", And((words("war"), Not(words("peace"))))),
        ("war NOT peace", And((words("war"), Not(words("peace"))))),
        ("war AND NOT peace", And((words("war"), Not(words("peace"))))),
        ("war −peace", And((words("war"), Not(words("peace"))))),
        ("a AND b OR c", Or((And((words("a"), words("b"))), words("c")))),
        ("a (b OR c)", And((words("a"), Or((words("b"), words("c")))))),
        ("a（b OR c）", And((words("a"), Or((words("b"), words("c")))))),
        ("war -(a OR b)", And((words("war"), Not(Or((words("a"), words("b"))))))),
        ("NOT NOT war", words("war")),
        ("#SecurityCooperation", Topic("SecurityCooperation")),
        ("＃éclair", Topic("éclair")),
        ("topic:trade", Topic("trade")),
        ("TOPIC：trade", Topic("trade")),
        ("topic:#trade", Topic("trade")),
        ('topic:"fighter  jets"', Topic("fighter jets")),
        ("#a,#b", Or((Topic("a"), Topic("b")))),
        ("#c++", Topic("c++")),
        ("topic:c++,rust", Or((Topic("c++"), Topic("rust")))),
        ("country:JP", JP),
        ("about:Japan", JP),
        ("country:🇯🇵", JP),
        ("mentions:japan", Tag(Kind.COUNTRY, "JP")),
        ("country:JP+PH", And((JP, PH))),
        ("country:JP,PH", Or((JP, PH))),
        ("country:JP，PH", Or((JP, PH))),
        ("country:JP|PH", Or((JP, PH))),
        ("country:JP+PH,CN", Or((And((JP, PH)), CN))),
        ('country:"South Korea"', Tag(Kind.SUBJECT, "KR")),
        ("war -country:JP,PH", And((words("war"), Not(Or((JP, PH)))))),
        ('outlet:"The New York Times"', Tag(Kind.OUTLET, "The New York Times")),
        ("source:«Le Monde»", Tag(Kind.OUTLET, "Le Monde")),
        ('outlet:"Canal+"', Tag(Kind.OUTLET, "Canal+")),
        ("from:FR", Tag(Kind.FROM, "FR")),
        ("category:politics", Tag(Kind.CATEGORY, "Politics")),
        ("category:sports", Tag(Kind.CATEGORY, "Sport")),
        ("language:français", Tag(Kind.LANGUAGE, "fr")),
        ("lang:pt-BR", Tag(Kind.LANGUAGE, "pt")),
        ("「安全保障」", words("安全保障")),
        ("安全保障", words("安全保障")),
        ("„Krieg und Frieden“", words("krieg und frieden")),
        ("“war crimes”", words("war crimes")),
        ("« guerre froide »", words("guerre froide")),
        ("»kalter Krieg«", words("kalter krieg")),
        ('צה"ל', words('צה"ל')),
        ("Marks & Spencer", And((words("marks"), words("spencer")))),
        ("Japan — news", And((words("japan"), words("news")))),
        ("Ukraine: war", And((words("ukraine"), words("war")))),
        ("and", words("and")),
        ("or", words("or")),
        ("prix or", And((words("prix"), words("or")))),
        ('"AND"', words("and")),
        ('guilty "not"', And((words("guilty"), words("not")))),
        ("10:30", words("10:30")),
        ("war war", words("war")),
    ],
)
def test_what_is_typed_means_this(typed: str, root: Node) -> None:
    assert parse(typed).root == root


@pytest.mark.parametrize(
    ("typed", "position", "says"),
    [
        ("", 0, "Nothing to look for"),
        ("   ", 0, "Nothing to look for"),
        ("… !", 0, "Nothing to look for"),
        ("tpoic:trade", 0, "Did you mean topic:?"),
        ("war país:JP", 4, "“país:” is no key"),
        ("国:日本", 0, "“国:” is no key"),
        ("war coutnry:JP", 4, "Did you mean country:?"),
        ("war site:bbc.com", 4, "Did you mean outlet:?"),
        ("https://example.org/a", 0, "put it in quotes"),
        ("topic:", 6, "Nothing stands right behind"),
        ("topic: trade", 6, "Nothing stands right behind"),
        ("#", 0, "lacks its name"),
        ("# trade", 0, "lacks its name"),
        ("topic:🎉", 6, "no letter or digit"),
        ("country:Atlantis", 8, "no country I know"),
        ("war country:South Korea", 12, 'country:"South Korea"'),
        ("from:Reuters", 5, "outlet:"),
        ("language:klingonese", 9, "no language I know"),
        ("category:weather", 9, "Politics"),
        ("country:JP,", 10, "Another value must follow"),
        ("country:JP, PH", 10, "Another value must follow"),
        ("country:JP+ PH", 10, "Another value must follow"),
        ("country:,JP", 8, "is missing here"),
        ("country:-JP", 8, "before the key"),
        ("topic:(a OR b)", 6, "No bracket behind a key"),
        ("outlet:BBC+CNN", 10, "only one value of outlet:"),
        ("category:politics+health", 17, "only one value of category:"),
        ("outlet:Canal+", 12, "goes in quotes"),
        ("war OR", 4, "must follow OR"),
        ("war AND", 4, "must follow AND"),
        ("war NOT", 4, "must follow NOT"),
        ("OR war", 0, "must stand before OR"),
        ("AND war", 0, "must stand before AND"),
        ("war OR OR peace", 4, "must follow OR"),
        ("war AND OR peace", 4, "must follow AND"),
        ("-", 0, "excludes what follows"),
        ("Japan - a story", 6, "excludes what follows"),
        ("war --sport", 4, "One minus"),
        ("war –sport", 4, "A dash excludes nothing"),
        ("war +sport", 4, "A plus joins"),
        ("war or peace", 4, "write OR in capitals"),
        ("war not peace", 4, "write NOT in capitals"),
        ("a b OR c", 4, "(a b) OR c, or a (b OR c)"),
        ("a OR b -c", 2, "a OR (b -c), or (a OR b) -c"),
        ('say "war', 4, "never closed"),
        ('war ""', 4, "between these quotes"),
        ('war "…"', 4, "between these quotes"),
        ("(war", 0, "never closed"),
        ("war)", 3, "closes none"),
        (")", 0, "closes none"),
        ("war ()", 5, "between these brackets"),
        ("(", 1, "within this bracket"),
        ("🎉", 0, "Emoji"),
        ("secur*", 5, "leave out the *"),
        ("japan,topic:war", 6, "space before topic:"),
        ("-sport", 0, "Nearly everything would match"),
        ("war OR -sport", 7, "Nearly everything would match"),
        ("a OR outlets:3", 5, "said of the whole"),
        ("outlets:3 a OR b", 0, "said of the whole"),
        ("(a outlets:3)", 3, "said of the whole"),
        ("a -outlets:3", 3, "said of the whole"),
        ("a outlets:3 outlets:4", 12, "given once"),
        ("a outlets:many", 10, "a number from 1"),
        ("a outlets:0", 10, "a number from 1"),
        ("a since:yesterday", 8, "no date"),
        ("a since:7d", 8, "give one such as 2026"),
    ],
)
def test_an_error_points_at_its_character_and_says_what_to_do(typed: str, position: int, says: str) -> None:
    with pytest.raises(FilterError) as caught:
        parse(typed)
    assert caught.value.position == position
    assert says in caught.value.reason
    assert caught.value.text == typed


def test_limits_have_errors_of_their_own() -> None:
    with pytest.raises(FilterError, match="301 characters long; 300 is the most") as caught:
        parse("a" * (LIMIT + 1))
    assert caught.value.position == LIMIT
    many = " ".join(f"w{number}" for number in range(MOST_TERMS + 1))
    with pytest.raises(FilterError, match="more than 64 words") as caught:
        parse(many)
    assert many[caught.value.position :] == "w64"
    assert "(At character 247 of the filter.)" in str(caught.value)
    with pytest.raises(FilterError, match="Too many brackets") as caught:
        parse("(" * (MOST_DEPTH + 1) + "a" + ")" * (MOST_DEPTH + 1))
    assert caught.value.position == MOST_DEPTH
    with pytest.raises(FilterError, match="Too many brackets"):
        parse("NOT " * 70 + "a")
    assert parse("(" * MOST_DEPTH + "a" + ")" * MOST_DEPTH).root == words("a")


def test_what_is_said_of_the_whole_stands_beside_the_rest() -> None:
    asked = parse("(a OR b) outlets:>=3 since:2026-11-01")
    assert asked.min_outlets == 3
    assert asked.since == datetime(2026, 11, 1, tzinfo=UTC)
    assert asked.root == Or((words("a"), words("b")))
    assert parse("outlets:3+").min_outlets == 3
    assert parse("a since:7d", now=NOW).since == datetime(2026, 11, 19, 12, tzinfo=UTC)
    assert text_of(parse("a since:7d", now=NOW)) == "a since:2026-11-19T12:00:00Z"
    with pytest.raises(FilterError, match="still to come"):
        parse("a since:2026-12-01", now=NOW)


def test_a_flood_is_refused_where_asked_to() -> None:
    for typed in ("-sport", "a OR -b", "NOT (a b)", "-country:JP", "since:2026-11-01"):
        assert floods(parse(typed, flood=True))
        with pytest.raises(FilterError, match="Nearly everything"):
            parse(typed)
    for typed in ("a -sport", "outlets:3 -sport", "-(-a)", "country:JP -#trade"):
        assert not floods(parse(typed))


@pytest.mark.parametrize(
    ("typed", "pointed"),
    [
        ("war tpoic:x", "war tpoic:x\n    ^"),
        ("日本語 tpoic:x", "日本語 tpoic:x\n\u3000\u3000\u3000 ^"),
        ("cafe\u0301 tpoic:x", "cafe\u0301 tpoic:x\n     ^"),
        ("war OR", "war OR\n    ^"),
        ("topic:", "topic:\n      ^"),
        ("a\n`b` tpoic:x", "a 'b' tpoic:x\n      ^"),
        ("x" * 50 + " tpoic:x", "…" + "x" * 19 + " tpoic:x\n" + " " * 21 + "^"),
        ("tpoic:" + "x" * 50, "tpoic:" + "x" * 14 + "…\n^"),
    ],
)
def test_the_caret_stands_below_its_character(typed: str, pointed: str) -> None:
    with pytest.raises(FilterError) as caught:
        parse(typed)
    assert caught.value.pointed() == pointed


# --- the canonical form ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "text"),
    [
        ("about:japan  -sport", "country:JP -sport"),
        ("topic:trade", "#trade"),
        ("topic:a topic:b", "topic:a+b"),
        ("topic:a OR #b OR war", "topic:a,b OR war"),
        ("country:JP+PH,CN x", "(country:JP+PH OR country:CN) x"),
        ("a AND b OR c", "(a b) OR c"),
        ("NOT (a OR b) c", "-(a OR b) c"),
        ("outlets:3 (a OR b)", "(a OR b) outlets:3"),
        ("outlets:3 country:JP,PH", "country:JP,PH outlets:3"),
        ("source:“Canal+” x", 'outlet:"Canal+" x'),
        ("category:Sports lang:French x", "category:sport language:fr x"),
        ("„war crimes“", '"war crimes"'),
    ],
)
def test_a_filter_is_written_in_one_way(typed: str, text: str) -> None:
    assert text_of(parse(typed)) == text


PIECES = st.sampled_from(
    [
        *(
            "war",
            "peace",
            "and",
            "or",
            "not",
            "AND",
            "OR",
            "NOT",
            "(",
            ")",
            "-",
            "|",
            "日本",
            "C++",
            "U.S.",
            "l'Europe",
        ),
        *('"war crimes"', "“to be”", "«à la»", "#trade", "#c++", "topic:trade", 'topic:"a b"', "topic:a+b,c", "🎉"),
        *("country:JP", "country:JP+PH", "country:JP,PH", "about:x-nato", "mentions:fr", "from:FR", "language:fr"),
        *('outlet:"The Times"', "outlet:BBC,CNN", 'outlet:"Canal+"', "category:sport", "outlets:3", "since:2026-11-01"),
        *("tpoic:x", '"', "„", "»", "–", "+", ",", ":", "：", "*", "#", "topic:", 'צה"ל', "10:30", "é", "\u0301", "‏"),
    ]
)
TEXTS = st.one_of(
    st.text(max_size=80),
    st.lists(PIECES, max_size=14).map(" ".join),
    st.lists(st.one_of(PIECES, st.text(max_size=3)), max_size=14).map("".join),
)


def outcome(text: str, *, flood: bool) -> tuple[Filter | None, FilterError | None]:
    try:
        return parse(text, flood=flood, now=NOW), None
    except FilterError as error:
        return None, error


@given(TEXTS, st.booleans())
def test_any_text_is_a_filter_or_the_one_error(text: str, flood: bool) -> None:
    asked, error = outcome(text, flood=flood)
    if error is not None:
        assert 0 <= error.position <= len(text)
        assert error.reason.endswith((".", "?", ")"))
        shown, caret = error.pointed().split("\n")
        assert caret.endswith("^")
        assert caret[:-1].strip(" \u3000") == ""
        assert len(shown) <= 100
        return
    assert asked is not None
    assert parse(text_of(asked), flood=True, limit=STORED_LIMIT, now=NOW) == asked
    assert loaded(dumped(asked)) == asked
    known = resolved_by_name(asked, Hashtags.load())
    assert loaded(dumped(known)) == known
    assert not any(isinstance(leaf, Topic) for leaf in leaves(known.root))


def test_words_as_typed_outlive_the_store_and_what_is_no_filter_is_refused() -> None:
    asked = parse('"Fighter Jets" country:JP')
    assert text_of(loaded(dumped(asked))) == '"Fighter Jets" country:JP'
    for text in ("", "[]", "{}", '{"root":[]}', '{"root":["moon","x"]}', '{"root":["not"]}', '{"root":7}'):
        with pytest.raises(ValueError):
            loaded(text)


# --- meaning -----------------------------------------------------------------------------------------------------


def test_topics_and_outlets_are_put_in_by_whoever_knows_them() -> None:
    asked = parse('#fighterjet outlet:"new york times" country:JP')
    [topic] = typed_topics(asked)
    [outlet] = typed_outlets(asked)
    assert (topic.typed, topic.at) == ("fighterjet", 0)
    assert (outlet.slug, outlet.at) == ("new york times", 19)
    meaning = Resolution(typed="fighterjet", tag="fighterjet", how=How.PHRASE, phrase=("fighter", "jet"))
    known = resolved(asked, {"fighterjet": meaning}, {"new york times": "The New York Times"})
    assert known.root == And(
        (
            Or((Tag(Kind.TOPIC, "fighterjet"), Words(("fighter", "jet")))),
            Tag(Kind.OUTLET, "The New York Times"),
            JP,
        )
    )
    error = pointing("x outlet:foo", Tag(Kind.OUTLET, "foo", 9), "No outlet here is called that.")
    assert error.pointed() == "x outlet:foo\n         ^"
    with pytest.raises(ValueError, match="not resolved"):
        matches(asked, candidate())


def test_a_topic_that_is_a_country_is_one_and_another_is_its_letters_or_its_words() -> None:
    hashtags = Hashtags.load()
    assert resolved_by_name(parse("#japan"), hashtags).root == JP
    assert widened(resolved_by_name(parse("#japan"), hashtags)).root == Tag(Kind.COUNTRY, "JP")
    assert resolved_by_name(parse('topic:"zzqq yyxx"'), hashtags).root == Or(
        (Tag(Kind.TOPIC, "zzqqyyxx"), Words(("zzqq", "yyxx")))
    )


@pytest.mark.parametrize("text", ["security cooperation", "Security co-operation", "a pact on SECURITY CO-OPERATION!"])
def test_words_meet_as_the_search_has_them(text: str) -> None:
    for typed in ("security co-operation", '"security cooperation"', "security-cooperation"):
        assert matches(parse(typed), candidate(text))


def test_subject_and_mention_differ_as_the_option_has_it() -> None:
    mentioned = candidate("x", tagging("JP", TagKind.COUNTRY, Role.MENTION))
    assumed = candidate("x", tagging("JP", TagKind.COUNTRY, Role.ASSUMED))
    about = candidate("x", tagging("JP", TagKind.COUNTRY, Role.SUBJECT))
    assert [matches(parse("country:JP"), one) for one in (about, mentioned, assumed)] == [True, False, False]
    assert [matches(parse("mentions:JP"), one) for one in (about, mentioned, assumed)] == [True, True, True]


def test_the_number_of_outlets_is_the_storys() -> None:
    assert not matches(parse("war outlets:3"), candidate("war"), outlets=2)
    assert matches(parse("war outlets:3"), candidate("war"), outlets=3)


@pytest.mark.parametrize(
    ("typed", "because"),
    [
        ("country:JP,PH", ["country: none of Japan, Philippines; it is about China and only mentions Japan"]),
        ("country:JP", ["country: not Japan; it is about China and only mentions Japan"]),
        ("mentions:US x", ["mentions: not United States; it names China, Japan"]),
        ("x #trade", ["topic: not #trade; it carries #terrorism"]),
        (
            "category:sport from:FR",
            ["category: not Sport; its category: Politics", "from: not France; its outlet sits in Germany"],
        ),
        ("language:fr", ["language: not French; its language: German"]),
        ("outlet:BBC x", ["outlet: not BBC; it is from The Example"]),
        ('"x y z"', ['it does not hold: "x y z"']),
        ("x -y", ["excluded: y"]),
        (
            "x (z OR #trade)",
            ["none of: z OR #trade (it does not hold: z; topic: not #trade; it carries #terrorism)"],
        ),
        ("x outlets:3", ["outlets: 1 of the 3 outlets asked for tell it"]),
        ("x since:2026-12-01", ["since: published on Nov 26, 2026, earlier than asked"]),
        ("x y country:CN", []),
    ],
)
def test_a_refusal_names_its_condition(typed: str, because: list[str]) -> None:
    item = candidate(
        "x y",
        tagging("terrorism"),
        tagging("CN", TagKind.COUNTRY),
        tagging("JP", TagKind.COUNTRY, Role.MENTION),
        language="de",
        outlet_country="DE",
        category=Category.POLITICS,
    )
    asked = resolved(parse(typed), {"trade": Resolution(typed="trade", tag="trade", how=How.EXACT, known=True)})
    assert [refusal.because for refusal in explain(asked, item)] == because


# --- against what is there ---------------------------------------------------------------------------------------

SLUGS = st.sampled_from(["a", "b", "c"])
CODES = st.sampled_from(["JP", "PH", "CN"])
TERMS = st.lists(st.sampled_from(["x", "y", "z"]), min_size=1, max_size=3).map(tuple)
OUTLETS = st.sampled_from(["The Example", "BBC"])
LANGUAGES = st.sampled_from(["en", "fr", "pt"])
CATEGORIES = st.sampled_from([Category.SPORT, Category.POLITICS])
TAGGINGS = st.lists(
    st.one_of(
        SLUGS.map(tagging),
        st.builds(tagging, CODES, st.just(TagKind.COUNTRY), st.sampled_from(list(Role))),
    ),
    max_size=5,
).map(tuple)


@st.composite
def items(draw: st.DrawFn) -> Candidate:
    return candidate(
        " ".join(draw(st.lists(st.sampled_from(["x", "y", "z", "w"]), max_size=6))),
        *draw(TAGGINGS),
        outlet=draw(OUTLETS),
        outlet_country=draw(st.none() | CODES),
        language=draw(st.sampled_from([None, "en", "fr", "pt-br"])),
        category=draw(CATEGORIES),
    )


@st.composite
def asked_criteria(draw: st.DrawFn) -> Criteria:
    kind = draw(st.sampled_from(list(TagKind)))
    return Criteria(
        tag=draw(st.none() | (SLUGS if kind is TagKind.TOPIC else CODES)),
        tag_kind=kind,
        phrase=draw(st.just(()) | TERMS),
        country=draw(st.none() | CODES),
        mentions=draw(st.booleans()),
        outlet=draw(st.none() | OUTLETS),
        outlet_country=draw(st.none() | CODES),
        language=draw(st.none() | LANGUAGES),
        category=draw(st.none() | CATEGORIES),
        since=draw(st.sampled_from([None, NOW, datetime(2026, 12, 1, tzinfo=UTC)])),
        terms=tuple(draw(st.lists(st.just(()) | TERMS, max_size=2))),
    )


@given(asked_criteria(), items())
def test_criteria_and_the_filter_made_of_them_agree(criteria: Criteria, item: Candidate) -> None:
    asked = filter_of(criteria)
    assert matches(asked, item) == rules.meets(item, criteria)
    assert (not explain(asked, item)) == rules.meets(item, criteria)


LEAVES: st.SearchStrategy[Node] = st.one_of(
    st.builds(Tag, st.sampled_from([Kind.SUBJECT, Kind.COUNTRY, Kind.FROM]), CODES),
    st.builds(Tag, st.just(Kind.TOPIC), SLUGS),
    st.builds(Tag, st.just(Kind.OUTLET), OUTLETS),
    st.builds(Words, TERMS | st.just(())),
)
TREES: st.SearchStrategy[Node] = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4).map(both), st.lists(inner, max_size=4).map(either), inner.map(negated)
    ),
    max_leaves=12,
)


def meets(item: Candidate, way: Alternative) -> bool:
    keys, terms = keys_of(item.item), f" {item.terms} "
    wanted: list[Node] = [*way.tags, *way.words]
    unwanted: list[Node] = [*way.without_tags, *way.without_words]
    return all(holds(one, keys, terms) for one in wanted) and not any(holds(one, keys, terms) for one in unwanted)


@given(TREES, items(), st.sampled_from([1, 2, 64]))
def test_a_tree_its_alternatives_and_its_cover_agree(root: Node, item: Candidate, most: int) -> None:
    matched = matches(Filter(root=root), item)
    ways = alternatives(root, most)
    if ways is not None:
        assert len(ways) <= most or isinstance(root, (Tag, Words, Not))
        assert any(meets(item, way) for way in ways) == matched
    keys = cover(root, lambda key: float(len(key)))
    if matched:
        held = keys_of(item.item) | set(item.terms.split())
        assert {tag.key for tag in needed(root)} <= held
        assert keys is None or not held.isdisjoint(keys)


@given(TREES)
def test_the_nodes_are_built_in_one_way(root: Node) -> None:
    assume(not isinstance(root, (Tag, Words)))
    assert both([root]) == root or isinstance(root, And)
    assert both([root, root]) == both([root])
    assert negated(negated(root)) == root
    assert loaded(dumped(Filter(root=root))).root == root


def test_alternatives_are_few_or_none_at_all() -> None:
    assert alternatives(parse("country:JP,PH war -sport").root) == (
        Alternative(frozenset((JP,)), frozenset((words("war"),)), frozenset(), frozenset((words("sport"),))),
        Alternative(frozenset((PH,)), frozenset((words("war"),)), frozenset(), frozenset((words("sport"),))),
    )
    assert alternatives(parse("a OR (a b)").root) == (Alternative(words=frozenset((words("a"),))),)
    assert alternatives(parse("a -a").root) == ()
    wide = parse(" ".join(f"(a{number} OR b{number})" for number in range(12))).root
    assert alternatives(wide) is None
    assert cover(wide, lambda key: 0.0 if key.endswith("7") else 1.0) == ("a7", "b7")
    assert needed(parse("country:JP (country:PH OR (country:PH a))").root) == {JP, PH}
    assert cover(NOTHING, lambda key: 1.0) == ()
    with pytest.raises(ValueError, match="not resolved"):
        alternatives(Topic("x"))

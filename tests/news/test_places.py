"""Countries: names that mean something else, ambiguous names, roles, words, other languages."""

import pytest
from hypothesis import given, settings, strategies as st

from bot.model import Role
from bot.news.places import PlaceTagger

places = PlaceTagger()


def codes(title: str, body: str = "", language: str | None = None) -> list[str]:
    return [one.tag for one in places.tag(title, body, language=language)]


@pytest.mark.parametrize(
    ("title", "body", "expected"),
    [
        # Georgia
        ("Georgia governor signs election law", "The Republican signed it in Atlanta.", ["US"]),
        ("Georgia votes as Moscow looks on", "Polls opened in Tbilisi.", ["GE", "RU"]),
        ("Georgian president vetoes bill", "", ["GE"]),
        # names of people
        ("Michael Jordan sells his stake", "", []),
        ("Jordan Henderson joins a new club", "", []),
        ("He said no", "A spokesman, Jordan Smith, said the firm was closed.", []),
        ("King hosts talks", "Officials from Jordan met on Monday.", ["JO"]),
        ("Jordan's king hosts talks", "", ["JO"]),
        ("Chad Smith drums on", "", []),
        ("Chad closes its border with Sudan", "", ["TD", "SD"]),
        ("Paris Hilton opens a club", "", []),
        ("Tom Holland returns as Spider-Man", "", []),
        ("A film on Whitney Houston", "", []),
        ("Letters of George Washington found", "", []),
        # towns elsewhere
        ("Man held in Paris, Texas", "", ["US"]),
        ("Fire in Lebanon, Ohio", "", ["US"]),
        ("Fire in Lebanon, Pa., kills two", "", ["US"]),
        ("St. Petersburg, Florida, floods", "", ["US"]),
        ("Attack in London, Ontario", "", ["CA"]),
        ("A laboratory in Cambridge, Massachusetts", "", ["US"]),
        ("The march in Birmingham, Alabama", "", ["US"]),
        ("Talks in St. Petersburg", "", ["RU"]),
        ("A laboratory in Cambridge", "", ["GB"]),
        ("Holland Park house sold", "", ["GB"]),
        ("New Mexico wildfire grows", "", ["US"]),
        ("New Jersey votes", "", ["US"]),
        # things named after places
        ("French fries tax", "", []),
        ("The best Swiss cheese", "", []),
        ("Parents fed up, and FED UP with fees", "Fed up, they march. Fed by rain, the river rises.", []),
        ("Fed to raise rates", "", ["US"]),
        ("Africa CDC sends vaccine", "", []),
        ("Pakistani Taliban call a truce", "", ["PK"]),
        ("Taliban call a truce", "", ["AF"]),
        ("Kurdistan Workers' Party calls a truce", "", ["TR"]),
        ("Farms of the Jordan Valley and the shore of Lake Chad", "", []),
        ("Turkey vultures circle as Japanese knotweed spreads", "", []),
        ("Norwegian Cruise Line adds a ship", "", []),
        ("Nasser Al-Khelaifi speaks", "", []),
        ("Gamal Abdel Nasser remembered", "", ["EG"]),
        ("Nasser hospital without power", "", ["PS"]),
        ("BBC finds fakes on sale", "", []),
        ("BBC raises its fee", "", ["GB"]),
        # well-known towns and regions
        ("Rio carnival begins", "", ["BR"]),
        ("Two drown in the Rio Grande", "", []),
        ("Valencia and Tenerife open beaches", "", ["ES"]),
        ("Migrants climb fences at Ceuta and Melilla", "", ["ES"]),
        ("Earthquake felt in Santiago", "", ["CL"]),
        ("He said no", "The bishop, Santiago Cruz, agreed.", []),
        ("Bern rejects plan", "", ["CH"]),
        ("Flanders floods", "", ["BE"]),
        ("Pilot freed in Papua", "", ["ID"]),
        ("Smog chokes Punjab", "", ["IN", "PK"]),
        ("Indian Wells final", "", ["US"]),
        ("Panama Papers inquiry", "", []),
        ("Stockholm syndrome explained", "", []),
        ("Washington Post names an editor", "", []),
        ("Guinea pig gives birth", "", []),
        ("The Great Guinea Pig Giveaway", "", []),
        ("Turkish delight at home", "", []),
        ("Thanksgiving Turkey prices rise", "", []),
        ("Turkey raises rates", "", ["TR"]),
        ("Latin America's debt", "", []),
        ("Ships in the South China Sea", "", []),
        ("Paris Agreement at ten", "", []),
        # look-alikes
        ("Junta in Guinea names premier", "", ["GN"]),
        ("Guinea-Bissau votes", "", ["GW"]),
        ("Equatorial Guinea's oil", "", ["GQ"]),
        ("Papua New Guinea landslide", "", ["PG"]),
        ("Niger expels envoy", "", ["NE"]),
        ("Nigeria raises fuel price", "", ["NG"]),
        ("Nigerien soldiers", "", ["NE"]),
        ("Nigerian soldiers", "", ["NG"]),
        ("Rebels advance in Democratic Republic of Congo", "", ["CD"]),
        ("Republic of Congo votes", "", ["CG"]),
        ("Congo-Brazzaville votes", "", ["CG"]),
        ("Congo ferry sinks", "", ["CD"]),
        ("North Korea fires missile", "", ["KP"]),
        ("South Korean film", "", ["KR"]),
        ("Korean film wins", "", ["KR"]),
        ("Dominica rebuilds", "", ["DM"]),
        ("Dominican Republic votes", "", ["DO"]),
        ("Ireland's budget", "", ["IE"]),
        ("Northern Ireland talks", "", ["GB"]),
        ("Sudan and South Sudan talk", "", ["SD", "SS"]),
        ("American Samoa votes", "", ["AS"]),
        ("Woman of Romania", "", ["RO"]),
        ("Tirana hosts talks", "", ["AL"]),
        # case
        ("Fine china and furniture polish", "Her china was on the turkey platter.", []),
        ("Polish president visits", "", ["PL"]),
        ("Polish the silver first", "", []),
        ("They told us so", "Join us.", []),
        ("US jobs grow", "", ["US"]),
        ("LET US PRAY", "", []),
        ("A LESSON FOR ALL OF US", "", []),
        ("US JOBS GROW", "", ["US"]),
        ("NO TO US TARIFFS", "", ["US"]),
        ("POLISH LEADER VISITS CHINA", "", ["CN", "PL"]),
        # regions, bodies, people
        ("Xinjiang cotton ban", "", ["CN"]),
        ("Catalonia votes", "", ["ES"]),
        ("Crimea bridge shut", "", ["UA"]),
        ("Gaza ceasefire holds", "", ["PS"]),
        ("Scotland's health service", "", ["GB"]),
        ("Kosovo and Serbia talk", "", ["XK", "RS"]),
        ("EU leaders meet in Brussels", "", ["EU", "BE"]),
        ("U.N. envoy resigns", "", ["UN"]),
        ("NATO chief in Kyiv", "", ["x-nato", "UA"]),
        ("Brussels tram strike", "", ["EU", "BE"]),
        ("ASEAN ministers meet", "", ["x-asean"]),
        ("OPEC+ cuts output", "", ["x-opec"]),
        ("African Union suspends member", "", ["x-au"]),
        ("G7 ministers in Hiroshima", "", ["x-g7", "JP"]),
        ("Macron meets Netanyahu", "", ["FR", "IL"]),
        # institutions that other countries have as well
        ("House of Representatives passes the bill", "", ["US"]),
        ("Kenya's House of Representatives sits late", "", ["KE"]),
        ("The House of Representatives of Cyprus sits late", "", ["CY"]),
        ("Cuban Politburo meets", "", ["CU"]),
        ("Zambia’s Premier League resumes", "", ["ZM"]),
        ("Israeli Labour Party quits the coalition", "", ["IL"]),
        ("Swedish Republicans gather", "", ["SE"]),
        ("Republicans visit Sweden", "", ["SE", "US"]),
        ("US House of Representatives votes", "", ["US"]),
        ("Chief Minister of Sarawak in Malaysia resigns", "", ["MY"]),
        ("French chef at the Pentagon", "", ["FR", "US"]),
        ("Firm in Karachi invests 5 crore rupees", "", ["PK"]),
        ("CCTV images show the driver", "", []),
        ("First Nations of Australia speak", "", ["AU"]),
        ("Greenland Inuit hunt on", "", ["GL"]),
        # two countries in one adjective
        ("Franco-Spanish rail line opens", "", ["FR", "ES"]),
        ("Anglo-Dutch firm moves", "", ["GB", "NL"]),
        ("Indo-Russian talks", "", ["IN", "RU"]),
        ("Russo-Finnish border", "", ["RU", "FI"]),
        ("Greco-Bulgarian pipeline", "", ["GR", "BG"]),
        ("Sino-Indian talks", "", ["CN", "IN"]),
        ("An Indo-Pacific strategy", "", []),
        # the Pope, and people of that name
        ("Pope prays for peace", "", ["VA"]),
        ("Nick Pope saves a penalty", "", []),
        ("U.S.-led coalition", "", ["US"]),
        ("Côte d’Ivoire and Ivory Coast", "", ["CI"]),
    ],
)
def test_traps(title: str, body: str, expected: list[str]) -> None:
    assert codes(title, body) == expected


def test_roles_words_and_order() -> None:
    body = "Ministers met in Tokyo. " + "The talks went on for days. " * 20 + "Peru was mentioned too."
    found = places.tag("Japan and the Philippines sign a pact", body)
    assert [(one.tag, one.role) for one in found] == [
        ("JP", Role.SUBJECT),
        ("PH", Role.SUBJECT),
        ("PE", Role.MENTION),
    ]
    assert found[0].words == ("Japan", "Tokyo")
    assert all(0 < one.score <= 1 for one in found)
    assert [one.score for one in found] == sorted((one.score for one in found), reverse=True)


def test_the_title_says_most() -> None:
    found = places.tag("Japan votes", "A reporter in Paris and a reader in Lima wrote. France is far. Peru is farther.")
    assert found[0].tag == "JP"
    assert found[0].role is Role.SUBJECT


def test_a_dateline_says_less_than_the_words_after_it() -> None:
    found = places.tag("Coffee exporters modify proposal", "LONDON, Feb 26 - Exporters will modify their proposal.")
    assert [one.tag for one in found] == ["GB"]
    found = places.tag("Coffee exporters meet", "LONDON, Feb 26 - Brazil will modify its proposal.")
    assert [one.tag for one in found] == ["BR", "GB"]


@pytest.mark.parametrize(
    ("title", "subjects"),
    [
        ("Brussels warns Poland", ["PL", "EU"]),
        ("Brussels will delay a levy on steel from India", ["IN", "EU"]),
        ("Brussels tram strike strands fans from India", ["IN"]),
    ],
)
def test_brussels_that_decides_is_the_union(title: str, subjects: list[str]) -> None:
    assert [one.tag for one in places.tag(title, "") if one.role is Role.SUBJECT] == subjects


@pytest.mark.parametrize(
    ("title", "subjects"),
    [
        ("KAMPALA (Reuters) - Burundi votes", ["BI"]),
        ("MADRID, May 4 (AP) — Colombian rebels lay down arms", ["CO"]),
        ("LISBON (Reuters) - Ferry runs aground", ["PT"]),
        ("UK (and why) votes", ["GB"]),
    ],
)
def test_a_dateline_in_the_title_is_no_subject_beside_what_the_title_is_about(title: str, subjects: list[str]) -> None:
    assert [one.tag for one in places.tag(title, "") if one.role is Role.SUBJECT] == subjects


@pytest.mark.parametrize(
    ("title", "body", "expected"),
    [
        ("Deputies arrest a man after a chase", "The sheriff's office said he was booked into jail.", ["US"]),
        ("Man charged in Butler County", "", ["US"]),
        ("Councillors clash over postcode plan", "A pensioner told the meeting so.", ["GB"]),
        ("Quarterback signs for five years", "", ["US"]),
        # one weak sign is none, and national life says nothing where a country is named
        ("The governor speaks", "", []),
        ("Senators ask the governor", "", ["US"]),
        ("Senators ask for aid to Kenya", "", ["KE"]),
        ("A county in Kenya elects its governor", "", ["KE"]),
        # local life shows where a story is, whatever else it names
        ("Butler County sheriff recovers Italian painting", "", ["IT", "US"]),
        # of what other countries have as well, one sign is too weak where one of them is named
        ("Turkana County in Kenya runs dry", "", ["KE"]),
        ("Flood in a Myanmar town", "Dawei Township was cut off.", ["MM"]),
        ("Fire in Millbrook Township", "", ["US"]),
        ("County Durham wins", "", []),
        ("Derby County win at last", "", []),
    ],
)
def test_public_life(title: str, body: str, expected: list[str]) -> None:
    assert sorted(one.tag for one in places.tag(title, body)) == expected


@pytest.mark.parametrize(
    ("title", "body", "expected"),
    [
        ("Woman dies in Glasgow", "GLASGOW, Ky. - The Glasgow police were called on Saturday.", ["US"]),
        ("Two held in London", "London police said so. The town lies in Ontario.", ["CA"]),
        ("Paris man jailed", "The sheriff's office of Henry County arrested him.", ["US"]),
        ("Paris man jailed", "The French police arrested him.", ["FR"]),
        ("Norfolk High School wins", "", ["US"]),
        ("Norfolk wins", "", ["GB"]),
        ("Georgia votes", "Raffensperger certifies it.", ["US"]),
        ("Georgia votes", "Senators of both parties in the state legislature.", ["US"]),
        ("Georgia votes", "The senators look to Tbilisi.", ["GE"]),
        ("Jordan votes", "County officials in Amman counted.", ["JO"]),
        ("Skating for success", "Nine-year-old Georgia Stevens skates. Georgia began at the age of four.", []),
        ("Skating for success", "Nine-year-old Georgia Stevens skates. She trained in Georgia.", ["GE"]),
    ],
)
def test_namesakes(title: str, body: str, expected: list[str]) -> None:
    assert sorted(one.tag for one in places.tag(title, body)) == expected


def test_an_amount_of_money_is_not_about_its_country() -> None:
    assert [one.tag for one in places.tag("The yen falls again", "")] == ["JP"]
    assert places.tag("Firm pays 30 billion yen", "It was 200 yen a share, or US$2.") == ()


@pytest.mark.parametrize(
    ("section", "url", "expected"),
    [
        ("Asia/Japan", None, ["JP"]),
        ("U.S.", None, ["US"]),
        (None, "https://news.example/us/politics/a-vote.html", ["US"]),
        (None, "https://news.example/2026/11/24/world/europe/albania-russia-spies.html", ["AL", "RU"]),
        (None, "https://news.example/nyregion/a-judge.html", ["US"]),
        (None, "https://news.example/opinion/give-us-a-break.html", []),
        (None, "https://japan.example/opinion/x", []),
        ("World", "https://news.example/world", []),
        ("", "not a url \x00 %%%", []),
    ],
)
def test_a_place_in_the_section_or_the_address_counts(
    section: str | None, url: str | None, expected: list[str]
) -> None:
    assert sorted(one.tag for one in places.tag("A vote", "", section=section, url=url)) == expected


@pytest.mark.parametrize(
    ("language", "title", "expected"),
    [
        ("es", "Estados Unidos y China acuerdan una tregua", {"US", "CN"}),
        ("fr", "L'Allemagne et la Chine", {"DE", "CN"}),
        ("de", "Deutschland und Frankreich", {"DE", "FR"}),
        ("pt-br", "Alemanha e Espanha", {"DE", "ES"}),
        ("it", "La Francia e gli Stati Uniti", {"FR", "US"}),
        ("nl", "Duitsland en Frankrijk", {"DE", "FR"}),
        ("ja", "日本と韓国が防衛協力", {"JP", "KR"}),
        ("zh", "中国和美国会谈", {"CN", "US"}),
        ("ko", "한국은 일본과", {"KR", "JP"}),
        ("ar", "مصر والسعودية", {"EG", "SA"}),
        ("ru", "Переговоры России и Украины", {"RU", "UA"}),
        ("hi", "भारत और चीन", {"IN", "CN"}),
        ("id", "Indonesia dan Amerika Serikat", {"ID", "US"}),
        ("xx", "Japan", {"JP"}),
        ("!", "Japan", {"JP"}),
    ],
)
def test_other_languages(language: str, title: str, expected: set[str]) -> None:
    assert set(codes(title, language=language)) == expected


@settings(derandomize=True, deadline=None, max_examples=150)
@given(st.text(max_size=120), st.text(max_size=200), st.sampled_from([None, "en", "ru", "ja", "fr"]))
def test_any_text(title: str, body: str, language: str | None) -> None:
    for one in places.tag(title, body, language=language):
        assert 0 < one.score <= 1
        assert all(word in title or word in body for word in one.words)

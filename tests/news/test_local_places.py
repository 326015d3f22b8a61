"""Countries in other languages: headlines, inflection, words that mean something else, scripts, any text at all."""

from pathlib import Path

import pytest
from hypothesis import example, given, settings, strategies as st

from bot.news.countries import names
from bot.news.inflection import arabic_bases, forms
from bot.news.local_places import LANGUAGES, language_by_script, local_gazetteer
from bot.news.tagger import Tagger

HEADLINES = Path(__file__).parent.parent / "data" / "headlines"
OTHER_SCRIPTS = ("ar", "fa", "hi", "ja", "ko", "ru", "uk", "zh")
LEAST = 0.85
tagger = Tagger.load()


def headlines(language: str) -> list[tuple[str, set[str]]]:
    lines = HEADLINES.joinpath(f"{language}.tsv").read_text(encoding="utf-8").splitlines()
    rows = [line.split("\t") for line in lines if not line.startswith("#")]
    return [(headline, set(codes.split()) - {"-"}) for _, codes, headline in rows]


def codes(title: str, language: str | None) -> set[str]:
    return {one.tag for one in tagger.tag(title, "", language=language).countries}


def f1(language: str, said: str | None) -> tuple[float, list[str]]:
    right = wrong = missing = 0
    failed = []
    for headline, wanted in headlines(language):
        found = codes(headline, said)
        right += len(found & wanted)
        wrong += len(found - wanted)
        missing += len(wanted - found)
        if found != wanted:
            failed.append(f"{headline}: {sorted(wanted)}, found {sorted(found)}")
    return 2 * right / (2 * right + wrong + missing), failed


@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_headlines(language: str) -> None:
    assert len(headlines(language)) >= 40
    assert all(wanted <= names().keys() for _, wanted in headlines(language))
    score, failed = f1(language, language)
    assert score >= LEAST, "\n".join(failed)


@pytest.mark.parametrize("language", OTHER_SCRIPTS)
def test_headlines_whose_language_is_not_given(language: str) -> None:
    score, failed = f1(language, None)
    assert score >= LEAST, "\n".join(failed)


@pytest.mark.parametrize(
    ("language", "words", "code"),
    [
        ("es", "español española españoles españolas alemán alemana alemanes israelí israelíes belga", None),
        ("fr", "français française françaises Français italien italienne italiens grec grecque turque", None),
        ("it", "francese francesi tedesco tedesca tedeschi tedesche svizzero vietnamita vietnamiti", None),
        ("pt", "alemão alemã alemães português portuguesa espanhol espanhóis", None),
        ("de", "deutsche deutscher deutschen Deutsche Deutschlands", "DE"),
        ("de", "ukrainisch ukrainische Ukrainer Ukrainerin Ukrainekrieg Ukraines", "UA"),
        ("nl", "Frans Franse Fransen Frankrijk Frankrijks Parijs", "FR"),
        ("pl", "Polska Polski Polsce Polskę Polską polskiego polskim polscy Polacy Polaków", "PL"),
        ("pl", "Egipt Egiptu Egipcie Egiptem egipskich", "EG"),
        ("pl", "Ukraina Ukrainy Ukrainie Ukrainę Ukrainą ukraińskiej Ukraińcy Ukraińcom", "UA"),
        ("ru", "Россия России Россию Россией российский российского Российской россияне россиян", "RU"),
        ("ru", "Китай Китая Китаю Китаем Китае китайских китайцы китаец", "CN"),
        ("uk", "Україна України Україні Україну українського Українці українців", "UA"),
        ("uk", "Прага Праги Празі Прагу чеський", "CZ"),
        ("tr", "Almanya Almanya'nın Almanya’da Alman Almanlar Almanların", "DE"),
        ("tr", "Suriye Suriye'ye Suriyeli Suriyeliler Suriyelilere", "SY"),
        ("tr", "İSRAİL İsrail'in İsrailli", "IL"),
        ("ar", "مصر ومصر بمصر لمصر مصري المصري والمصريين مصرية المصريون للمصريين", "EG"),
        ("ar", "الأردن للأردن والأردن بالأردن أردني الأردنية", "JO"),
        ("fa", "ایران ایرانی ایرانیان ایرانی‌ها تهران", "IR"),
        ("hi", "पाकिस्तान पाकिस्तानी पाकिस्तानियों", "PK"),
        ("hi", "इज़राइल इजराइल इजरायल इजरायली", "IL"),
        ("ko", "미국 미국은 미국의 미국인 미국산 미국발 美", "US"),
        ("id", "Inggris Britania", "GB"),
    ],
)
def test_inflected_words_are_found_whole(language: str, words: str, code: str | None) -> None:
    local = local_gazetteer(language)
    assert local is not None
    for word in words.split():
        if word in ("美", "Britania", "belga"):
            continue
        found = [(word[start:end], wording.codes) for start, end, wording in local.find(word) if wording.codes]
        assert [text for text, _ in found] == [word]
        if code:
            assert found[0][1] == (code,)


@pytest.mark.parametrize(
    ("language", "title", "expected"),
    [
        ("es", "Chile vota", {"CL"}),
        ("es", "Un chile muy picante", set()),
        ("es", "La gala de los premios", set()),
        ("fr", "L'Iran et l'Italie", {"IR", "IT"}),
        ("fr", "Le président nigérian", {"NG"}),
        ("fr", "Le président nigérien", {"NE"}),
        ("it", "Dell'Ucraina e d'Italia", {"UA", "IT"}),
        ("it", "Zuppa di ceci", set()),
        ("de", "Republik Kongo wählt", {"CG"}),
        ("de", "Kongo wählt", {"CD"}),
        ("de", "Nigeria und Niger", {"NG", "NE"}),
        ("pl", "Wojna w Nigrze i w Nigerii", {"NE", "NG"}),
        ("pl", "Gaz drożeje, Kubek pęka", set()),
        ("pl", "Kurs złotego spada", set()),
        ("ru", "Кубок достался гостям, газ подорожал", set()),
        ("ru", "Экваториальная Гвинея и Папуа — Новая Гвинея", {"GQ", "PG"}),
        ("ru", "Гвинея голосует", {"GN"}),
        ("ru", "В Северной Корее и в Южной Корее", {"KP", "KR"}),
        ("ru", "Республика Конго", {"CG"}),
        ("uk", "Дані опитування: того дня було мало снігу", set()),
        ("tr", "Hindistan'da ve Hint basınında", {"IN"}),
        ("tr", "Mısır ekmeği tarifi", set()),
        ("ar", "الأمن في العاصمة الأردنية عمان", {"JO"}),
        ("ar", "السلطان هيثم في عمان", {"OM"}),
        ("ar", "أخبار الرياضة", set()),
        ("ar", "التقارير المالية", set()),
        ("fa", "دانش‌آموزان امتحان ریاضی دادند", set()),
        ("fa", "روز دوشنبه مدارس باز است", set()),
        ("hi", "चीनी सेना पीछे हटी", {"CN"}),
        ("hi", "चीनी निर्यात पर रोक", set()),
        ("hi", "जुबान संभाल कर", set()),
        ("id", "Turki dan Indonesia", {"TR", "ID"}),
        ("vi", "Anh ấy mặc áo dài", set()),
        ("vi", "Ca sĩ Mỹ Linh và Trần Đức Anh", set()),
        ("vi", "Thủ tướng Anh gặp Tổng thống Pháp", {"GB", "FR"}),
        ("vi", "Quan hệ Mỹ Trung", {"US", "CN"}),
        ("vi", "Pháp luật và ý kiến", set()),
        ("ja", "日米韓が連携", {"JP", "US", "KR"}),
        ("ja", "米の価格が上昇", set()),
        ("ja", "米大統領と露大統領", {"US", "RU"}),
        ("ja", "タイトル防衛、マリオの新作", set()),
        ("ja", "中東情勢", set()),
        ("ja", "朝日新聞の英語講座", set()),
        ("zh", "其中美国占一半", {"US"}),
        ("zh", "美中贸易谈判", {"US", "CN"}),
        ("zh", "法院审理英雄案", set()),
        ("zh", "10日中方回应", {"CN"}),
        ("zh", "韩美同盟", {"KR", "US"}),
        ("zh", "德國與法國", {"DE", "FR"}),
        ("ko", "인도네시아와 인도", {"ID", "IN"}),
        ("ko", "그리스도의 사랑, 인도적 지원", set()),
        ("ko", "한미 정상회담", {"KR", "US"}),
        ("ko", "중, 미 대통령 초청", {"CN", "US"}),
        ("cs", "Vláda v Polsku a v Německu", {"PL", "DE"}),
        ("sv", "Tyskland och Norge", {"DE", "NO"}),
    ],
)
def test_words_that_mean_something_else(language: str, title: str, expected: set[str]) -> None:
    assert codes(title, language) == expected


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Кремль ответил на ультиматум", "ru"),
        ("Київ під обстрілом, є постраждалі", "uk"),
        ("واشنطن وبكين تتفقان على", "ar"),
        ("گفتگوی تهران و پکن آغاز شد", "fa"),
        ("भारत और चीन", "hi"),
        ("미국 대통령", "ko"),
        ("日本のニュース", "ja"),
        ("中美贸易", "zh"),
        ("EU и NATO обсудили Украину", "ru"),
        ("Côte d’Ivoire – l’élection", None),
        ("The word мир is in this rather long English sentence", None),
        ("Ελλάδα", None),
        ("", None),
        ("🎉 … 123", None),
    ],
)
def test_the_script_tells_the_language(text: str, language: str | None) -> None:
    assert language_by_script(text) == language


def test_a_wrong_language_does_not_hide_another_script() -> None:
    assert codes("Кремль и Пекин", "en") == {"RU", "CN"}
    assert codes("Кремль і Київ", "de") == {"RU", "UA"}
    assert codes("Владата на Србија", "sr-cyrl") == {"RS"}


def test_no_table_for_english_and_unknown_languages() -> None:
    assert local_gazetteer("en") is None
    assert local_gazetteer("xx") is None
    assert local_gazetteer("!") is None
    assert local_gazetteer("ja") is local_gazetteer("ja")


def test_forms_and_bases() -> None:
    assert forms("fr", "italien") == ("italien", "italiens", "italienne", "italiennes")
    assert forms("es", "alemán") == ("alemán", "alemana", "alemanes", "alemanas")
    assert forms("it", "tedesco") == ("tedesco", "tedesca", "tedesci", "tedeschi", "tedesche")
    assert forms("ru", "Китай") == ("Китай",)
    assert "مصري" in set(arabic_bases("والمصري"))
    assert "الاردن" in set(arabic_bases("للاردن"))


@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_tables_are_well_formed(language: str) -> None:
    kinds = {
        "name",
        "adj",
        "place",
        "region",
        "person",
        "org",
        "body",
        "low",
        "pair",
        "mask",
        "short",
        "after",
        "before",
    }
    folder = Path(__file__).parent.parent.parent / "bot" / "news" / "data" / "local"
    for name in (f"{language}.tsv", f"{language}.cldr.tsv"):
        for line in folder.joinpath(name).read_text(encoding="utf-8").splitlines():
            if line.startswith("#"):
                continue
            kind, found, wordings, *context = line.split("\t")
            assert kind in kinds, line
            assert len(context) <= 1, line
            assert found == "-" or set(found.split()) <= names().keys(), line
            assert all(part and part == part.strip() for part in wordings.split(";")), line


letters = st.sampled_from(
    "Россия Київ مصر عمّان ایران‌ها भारत 日米中 タイ Việt Anh İstanbul'da l’Iran ʼ-–.·,\n\u0301\ud800 한미EU"
)


@settings(derandomize=True, deadline=None, max_examples=300)
@given(st.text(max_size=150) | st.text(letters, max_size=80), st.sampled_from([*sorted(LANGUAGES), "cs"]))
@example("İ" * 40 + "'", "tr")
@example("ʼ" * 5, "uk")
@example("\u0651" * 5 + "ل", "ar")
@example("لللل ولل بل", "ar")
@example("\ud800日\udfff", "ja")
def test_any_text(text: str, language: str) -> None:
    language_by_script(text)
    local = local_gazetteer(language)
    assert local is not None
    upto = 0
    for start, end, wording in local.find(text):
        assert upto <= start < end <= len(text)
        assert set(wording.codes) <= names().keys()
        upto = end

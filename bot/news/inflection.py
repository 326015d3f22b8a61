"""How words change in the languages of `local_places`: endings, feminines and plurals, what stands before a word.

Small tables, no grammar: they say which letters may follow a stem of `data/local`. It must never be asked for a word
that is not in those tables, for it would accept much that is no word.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

_RUSSIAN = (
    " а я о е ё и ы у ю й ь ей ой ою ею ем ам ям ом ами ями ах ях ев ов"
    " ий ый ая яя ое ее ие ые ого его ому ему им ым их ых ими ыми ую юю"
    " ин ина ину ином ине ка ки ке ку кой кою ок кам ками ках ец ца цу цем це цы цев цам цами цах"
    " нин нина нину"
)
_UKRAINIAN = (
    " а я о е и і ї у ю й ь єю ею ою ої ою єм ем ам ям ом ами ями ах ях ів їв єві еві ові"
    " ий ій є ого ього ому ьому им ім их іх ими іми ою а у е і"
    " ин ина ину ином ині ка ки ці ку кою ок кам ками ках ець ця цю цем ці ців цям цями цях ію ією ії іє"
)
_POLISH = (
    " a i y o e ę ą u ó ie em om ami ach ów owi owie ii iom iami iach"
    " iego iej iemu im ich imi ego ej emu ym ych ymi"
    " in ina inowi inem inie ka ki ce kę ką ko ek kom kami kach czyk czyka czykiem czycy czyków czykom"
    " ni nii nię nią"
)
_GERMAN = (
    " s es e er en em n r ern ers erin erinnen in innen ner nern ners nerin isch ische ischer ischen isches ischem"
)
_DUTCH = " s e en er ers ens ns se"
_TURKISH_PLURALS = "lar ler lı li lu lü lılar liler lular lüler ca ce ça çe"
_TURKISH_CASES = (
    " ı i u ü a e ya ye yı yi yu yü da de ta te dan den tan ten ın in un ün nın nin nun nün la le yla yle"
    " ına ine una üne ında inde unda ünde ndan nden ından inden nda nde na ne nı ni nu nü sı si su sü"
    " sının sinin daki deki taki teki"
)
_ARABIC = " ه ون ين ان تان تين ات ا"
_PERSIAN = " ي يي ان يان ها هاي يها يهاي ييها ييهاي ييان"
_HINDI = " ी ियों ियो ाई ाइयों न ों ा े यों यो याई नी नियों ीयों"
_KOREAN = (
    " 은 는 이 가 을 를 의 에 에서 에게 에도 에는 와 과 도 로 으로 만 서 선"
    " 과의 와의 에서도 에서는 이나 까지 부터 보다 처럼 간 발 산 행 군 인 인은 인이"
    " 인의 인을 인들 어 전 계 측 측이 측은 식 판 형 령 내 내에서 외 외교 정부"
    " 대통령 총리 국왕 총선 대선 법원 의회 언론 증시 공격 공습 침공 전쟁 대사 대사관"
    " 국민 여행 여자 남자 해군 공군 육군 외무 외무부 외교부 매체 당국 기업 출신 대표"
    " 대표팀 정상 국채 투자 정부가 정부는 군이 군은 핵 핵시설 제재 사태 국적 태생"
    " 해협 영사관 중앙은행 경제 본토 방문 총리가 대통령이 전역"
)


def _turkish() -> Iterator[str]:
    cases = _TURKISH_CASES.split(" ")
    for plural in ("", *_TURKISH_PLURALS.split()):
        for case in cases:
            yield plural + case


_SOUTH_SLAVIC = " а та то ът я ия ият ската ският ския ските ско ски ска"
_WEST_SLAVIC = " u e i y ou em om ech ích ům ami ách ě a á é ý í ho mu ej ov och iou ie ii ju ji jo jom"
_OTHER_SLAVIC = frozenset((*_RUSSIAN.split(" "), *_SOUTH_SLAVIC.split(" "), *_WEST_SLAVIC.split(" ")))
ENDINGS: Mapping[str, frozenset[str]] = {
    "ru": frozenset(_RUSSIAN.split(" ")),
    "uk": frozenset(_UKRAINIAN.split(" ")),
    "pl": frozenset(_POLISH.split(" ")),
    "de": frozenset(_GERMAN.split(" ")),
    "nl": frozenset(_DUTCH.split(" ")),
    "tr": frozenset(_turkish()),
    "ar": frozenset(_ARABIC.split(" ")),
    "fa": frozenset(_PERSIAN.split(" ")),
    "hi": frozenset(_HINDI.split(" ")),
    "ko": frozenset(_KOREAN.split(" ")),
    "id": frozenset(("", "nya")),
    **dict.fromkeys(("cs", "sk", "bg", "sr", "hr", "sl", "mk"), _OTHER_SLAVIC),
}
"""What may follow a stem marked with ``~``, nothing included."""
LONGEST_ENDING: Mapping[str, int] = {
    language: max(len(ending) for ending in endings) for language, endings in ENDINGS.items()
}

_SOFTENED = {
    "pl": (
        ("ch", "sze"),
        ("st", "ście"),
        ("t", "cie"),
        ("d", "dzie"),
        ("r", "rze"),
        ("ł", "le"),
        ("k", "ce"),
        ("g", "dze"),
    ),
    "uk": (("к", "ці"), ("г", "зі"), ("х", "сі")),
}


def sibilant(language: str, stem: str) -> str | None:
    """The form whose stem changes before the ending: Polish ``Egipt``, ``Egipcie``; Ukrainian ``Прага``, ``Празі``."""
    for end, changed in _SOFTENED.get(language, ()):
        if stem.endswith(end) and not stem.endswith(("sk", "ck", "dzk", "ськ", "цьк")):
            return stem[: -len(end)] + changed
    if language == "pl" and stem == "polsk":
        return "polsce"
    return None


def arabic_bases(word: str) -> Iterator[str]:
    """A folded Arabic word, and what is left of it without the article and the small words written on to it."""
    yield word
    bare = word.replace("\u0651", "")
    if bare != word:
        yield bare
    if len(bare) < _ARABIC_SHORTEST:
        return
    if bare[0] in "وف":
        yield from _article(bare[1:])
        yield bare[1:]
        bare = bare[1:]
        if bare[0] in "بلك" and len(bare) >= _ARABIC_SHORTEST:
            yield from _article(bare[1:])
            yield bare[1:]
            if bare.startswith("لل"):
                yield "ا" + bare
    yield from _article(bare)
    if bare.startswith("لل"):
        yield "ال" + bare[2:]
        yield bare[2:]
    if bare[0] in "بلك" and len(bare) >= _ARABIC_SHORTEST:
        yield bare[1:]
        yield from _article(bare[1:])


_ARABIC_SHORTEST = 4


def _article(word: str) -> Iterator[str]:
    if word.startswith("ال") and len(word) > _ARABIC_SHORTEST:
        yield word[2:]


_FRENCH = (
    ("ien", ("ien", "iens", "ienne", "iennes")),
    ("éen", ("éen", "éens", "éenne", "éennes")),
    ("on", ("on", "ons", "onne", "onnes")),
    ("ais", ("ais", "aise", "aises")),
    ("ois", ("ois", "oise", "oises")),
    ("turc", ("turc", "turcs", "turque", "turques")),
    ("grec", ("grec", "grecs", "grecque", "grecques")),
    ("e", ("e", "es")),
    ("", ("", "s", "e", "es")),
)
_SPANISH = (
    ("és", ("és", "esa", "eses", "esas")),
    ("án", ("án", "ana", "anes", "anas")),
    ("ín", ("ín", "ina", "ines", "inas")),
    ("ón", ("ón", "ona", "ones", "onas")),
    ("í", ("í", "íes", "ís")),
    ("o", ("o", "a", "os", "as")),
    ("e", ("e", "es")),
    ("a", ("a", "as")),
    ("ú", ("ú", "úes", "ús")),
    ("", ("", "a", "es", "as")),
)
_PORTUGUESE = (
    ("ês", ("ês", "esa", "eses", "esas")),
    ("ão", ("ão", "ã", "ãos", "ães", "ões", "ãs")),
    ("eu", ("eu", "eia", "eus", "eias")),
    ("ol", ("ol", "ola", "óis", "olas")),
    ("o", ("o", "a", "os", "as")),
    ("e", ("e", "es")),
    ("a", ("a", "as")),
    ("", ("", "s")),
)
_ITALIAN = (
    ("ta", ("ta", "ti", "te")),
    ("co", ("co", "ca", "ci", "chi", "che")),
    ("go", ("go", "ga", "gi", "ghi", "ghe")),
    ("ga", ("ga", "gi", "ghe")),
    ("io", ("io", "ia", "i", "ie")),
    ("o", ("o", "a", "i", "e")),
    ("e", ("e", "i")),
    ("", ("",)),
)
_GENDERED: Mapping[str, tuple[tuple[str, tuple[str, ...]], ...]] = {
    "fr": _FRENCH,
    "es": _SPANISH,
    "pt": _PORTUGUESE,
    "it": _ITALIAN,
}


def forms(language: str, word: str) -> tuple[str, ...]:
    """The genders and numbers of a Romance adjective in the masculine singular; of other languages the word itself."""
    for end, others in _GENDERED.get(language, ()):
        if word.endswith(end):
            stem = word[: len(word) - len(end)]
            return tuple(stem + other for other in others)
    return (word,)

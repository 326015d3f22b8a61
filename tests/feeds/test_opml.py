"""Lists of sources from other readers, and into them: row F73 of the catalogue, with S for their addresses."""

from __future__ import annotations

import tomllib
from xml.etree import ElementTree

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from bot.errors import UserError
from bot.feeds import catalogue, lists, opml
from bot.feeds.guard import AddressPolicy
from bot.feeds.lists import MAX_BYTES, ListFormat
from bot.model import NewSource, Outlet, SourceList

POLICY = AddressPolicy()
FEED = '<outline type="rss" text="A" xmlUrl="https://a.example/feed"/>'


def document(inside: str, *, opening: str = '<?xml version="1.0"?>') -> bytes:
    return f'{opening}<opml version="2.0"><head><title>Mine</title></head><body>{inside}</body></opml>'.encode()


def read(body: bytes) -> SourceList:
    return lists.read(body, POLICY)


def urls(body: bytes) -> list[str]:
    return [source.url for source in read(body).sources]


def reasons(body: bytes) -> list[tuple[str, str]]:
    return [(one.name, one.reason) for one in read(body).refused]


class TestReading:
    def test_outlet_section_and_language(self) -> None:
        body = document(
            '<outline text="World"><outline text="Asia"><outline type="rss" title="The &amp;amp; Times" '
            'xmlUrl="https://a.example/feed" language="EN_gb"/></outline>'
            '<outline text="Le Monde" xmlUrl="https://b.example/rss" language="nonsense!"/></outline>'
            '<outline xmlUrl="http://www.c.example:80/c.xml#x"/>'
        )
        found = read(body)
        assert found.refused == ()
        assert found.unread_languages == {"https://b.example/rss"}
        assert found.sources == (
            NewSource(
                url="https://a.example/feed",
                outlet=Outlet(name="The & Times", language="en-gb", section="World / Asia"),
            ),
            NewSource(url="https://b.example/rss", outlet=Outlet(name="Le Monde", section="World")),
            NewSource(url="http://www.c.example/c.xml", outlet=Outlet(name="c.example")),
        )

    @pytest.mark.parametrize(
        "outline",
        [
            '<outline text="A" xmlURL="https://a.example/feed"/>',
            '<OUTLINE TEXT="A" XMLURL=" https://a.example/feed "/>',
            '<outline text="A" type="rss" url="https://a.example/feed"/>',
            '<outline text="A" url="https://a.example/feed"/>',
            '<outline text="A" type="atom" xmlUrl="feed://a.example/feed"/>',
            '<outline text="A" xmlUrl="https://a.example/feed"><outline text="note"/></outline>',
            "<outline text='A' xmlUrl='https://a.example/feed'>",
        ],
    )
    def test_a_feed_however_it_is_written(self, outline: str) -> None:
        (source,) = read(document(outline)).sources
        assert (source.url, source.outlet.name) == ("https://a.example/feed", "A")

    @pytest.mark.parametrize(
        ("name", "shown"),
        [
            ("a\u202eb\u200b", "ab"),
            ("&lt;b&gt;Bold&lt;/b&gt;", "Bold"),
            ("&#10;two&#9;lines", "two lines"),
            ("x" * 500, "x" * 99 + "…"),
            ("Čeští 東京", "Čeští 東京"),
            ("@everyone", "@everyone"),
            (" ", "a.example"),
        ],
    )
    def test_names_are_plain_text(self, name: str, shown: str) -> None:
        (source,) = read(document(f'<outline text="{name}" xmlUrl="https://a.example/feed"/>')).sources
        assert source.outlet.name == shown

    @pytest.mark.parametrize(
        ("charset", "declared"),
        [("utf-8", "utf-8"), ("utf-8", "iso-8859-1"), ("cp1252", "windows-1252"), ("cp1252", "utf-8"),
         ("utf-16", "utf-16"), ("koi8-r", "koi8-r"), ("utf-8-sig", "utf-8")],
    )  # fmt: skip
    def test_any_encoding(self, charset: str, declared: str) -> None:
        name = "Известия" if charset == "koi8-r" else "Café"
        text = f'<?xml version="1.0" encoding="{declared}"?><opml><body>{FEED.replace("A", name)}</body></opml>'
        assert read(text.encode(charset)).sources[0].outlet.name == name

    def test_what_cannot_be_watched_is_named_with_its_reason(self) -> None:
        body = document(
            FEED + '<outline text="Again" xmlUrl="https://A.example:443/feed#top"/>'
            '<outline text="File" xmlUrl="file:///etc/passwd"/>'
            '<outline text="Inside" xmlUrl="http://10.0.0.1/feed"/><outline text="Port" xmlUrl="http://a.example:22/"/>'
            '<outline text="Empty" type="rss" xmlUrl=""/><outline text="Nothing" type="rss"/>'
            '<outline text="Link" type="link" url="https://a.example/page"/>'
            '<outline xmlUrl="gopher://user:secret@a.example/"/>'
        )
        assert urls(body) == ["https://a.example/feed"]
        found = reasons(body)
        assert [name for name, _ in found] == [
            "Again", "File", "Inside", "Port", "Empty", "Nothing", "Link", "gopher://a.example/",
        ]  # fmt: skip
        assert all(reason.endswith((".", ").")) for _, reason in found)
        assert "secret" not in str(found)

    @pytest.mark.parametrize(
        "url",
        [
            "http://127.0.0.1/", "http://0x7f.1/", "http://[::1]/", "http://localhost/", "http://169.254.169.254/",
            "http://metadata.google.internal/", "http://a.example:6379/", "ftp://a.example/", "javascript:alert(1)",
            "http://a.example\\@127.0.0.1/", "https://" + "a" * 3_000,
        ],
    )  # fmt: skip
    def test_s_every_address_passes_the_policy(self, url: str) -> None:
        found = read(document(f'<outline text="A" xmlUrl="{url}"/>'))
        assert found.sources == ()
        assert len(found.refused) == 1


class TestHostileFiles:
    def test_f73_ten_thousand_nested_outlines(self) -> None:
        depth = 10_000
        body = document('<outline text="deep">' * depth + FEED + "</outline>" * depth)
        (source,) = read(body).sources
        assert source.outlet.section == "deep / deep / deep"

    @pytest.mark.slow
    def test_f73_as_many_outlines_as_a_file_holds(self) -> None:
        body = document("".join(f'<outline xmlUrl="http://a.io/{number:x}"/>' for number in range(50_000)))
        assert len(body) < MAX_BYTES
        assert len(read(body).sources) == 50_000
        assert len(read(document("<outline/>" * 50_000 + FEED)).sources) == 1

    def test_f73_a_file_beyond_the_limit(self) -> None:
        with pytest.raises(UserError, match="larger than 2 MB"):
            read(document(FEED + " " * MAX_BYTES))

    @pytest.mark.parametrize(
        "declared",
        [
            '<!DOCTYPE opml [<!ENTITY x SYSTEM "file:///etc/passwd">]>',
            '<!DOCTYPE opml [<!ENTITY % x SYSTEM "http://127.0.0.1:1/x"> %x;]>',
            '<!DOCTYPE opml SYSTEM "http://127.0.0.1:1/opml.dtd">',
        ],
    )
    def test_f73_nothing_external_is_opened(self, declared: str) -> None:
        body = document(FEED + '<outline text="&x;" xmlUrl="https://b.example/"/>', opening=declared)
        first, second = read(body).sources
        assert first.outlet.name == "A"
        assert "root:" not in second.outlet.name

    def test_f25_an_entity_bomb_is_refused(self) -> None:
        bomb = '<!ENTITY a0 "ha">' + "".join(
            f'<!ENTITY a{number} "{f"&a{number - 1};" * 10}">' for number in range(1, 12)
        )
        with pytest.raises(UserError, match="only an attack"):
            read(document('<outline text="&a11;" xmlUrl="https://b.example/"/>', opening=f"<!DOCTYPE o [{bomb}]>"))

    @pytest.mark.parametrize("piece", ["<a ", "<![", "<!--", "</a", "<outline ", "&", '<outline a="', "<?", "]]>"])
    def test_f36_hostile_markup_is_read_but_once(self, piece: str) -> None:
        # What looks at the same text twice over runs into the suite's timeout here.
        body = document(FEED + piece * (900_000 // len(piece)))
        assert urls(body) == ["https://a.example/feed"]

    def test_what_breaks_off_gives_what_stands_before(self) -> None:
        body = document(FEED + "\n<outline text='B' xmlUrl='https://b.example/'></p>")
        assert urls(body) == ["https://a.example/feed", "https://b.example/"]
        assert reasons(body) == [("(the rest)", opml.BROKEN.format(line=2))]

    def test_bare_ampersands_are_repaired(self) -> None:
        body = document(
            '<outline text="A & B" xmlUrl="https://a.example/?x=1&y=2"/><outline text="&nbsp;C" url="x:y"/>'
        )
        (source,) = read(body).sources
        assert (source.outlet.name, source.url) == ("A & B", "https://a.example/?x=1&y=2")

    @pytest.mark.parametrize(
        ("body", "said"),
        [
            (b"", "is empty"),
            (b" \n\0", "is empty"),
            (b"\xef\xbb\xbf  ", "is empty"),
            (b"<html><body>Sign in</body></html>", "no OPML file"),
            (b"<rss><channel><item/></channel></rss>", "names no feed"),
            (document(""), "names no feed"),
            (b"a shopping list", "neither OPML nor"),
            (b'{"feeds": []}', "neither OPML nor"),
            (b"\x89PNG\r\n\x1a\n", "neither OPML nor"),
            (b"[source]\n", "neither OPML nor"),
            (b"a" + b".a" * 400_000 + b" = 1", "neither OPML nor"),
            (b"x = " + b"[" * 400_000, "neither OPML nor"),
            (b"x = {" + b"a." * 400_000, "neither OPML nor"),
            (b"# nothing\n", "names no source"),
            (b'source = "x"', "names no source"),
            (b'[[source]]\noutlet = "x', "no valid TOML"),
        ],
    )
    def test_what_is_no_list_is_said_in_a_sentence(self, body: bytes, said: str) -> None:
        with pytest.raises(UserError, match=said):
            read(body)


class TestToml:
    def test_a_catalogue_is_taken_and_one_wrong_entry_does_not_spoil_it(self) -> None:
        body = (
            b"# mine\n[[source]]\noutlet = 'A'\nurl = 'https://a.example/feed'\ncountry = 'JP'\nsingle_country = true\n"
            b"[[source]]\noutlet = 'B'\nurl = 'http://10.0.0.1/'\n[[source]]\nurl = 'https://c.example/'\n"
            b"[[source]]\noutlet = 'D'\nurl = 'https://d.example/'\ncolour = 'red'\n"
            b"[[source]]\noutlet = 'E'\nurl = 'https://a.example/feed'\n"
        )
        outlet = Outlet(name="A", country="JP", single_country=True)
        assert read(body).sources == (NewSource(url="https://a.example/feed", outlet=outlet),)
        assert [one.name for one in read(body).refused] == ["B", "source 3", "D", "E"]

    @pytest.mark.slow
    def test_a_full_file_takes_no_time(self) -> None:
        body = b"[[source]]\n" * (MAX_BYTES // 11)
        assert len(read(body).refused) == MAX_BYTES // 11
        assert read(b"[[source]]\noutlet = 'A'\nurl = 'https://a.example/'\n" + b"#\n" * 400_000).sources


class TestWriting:
    CATALOGUE = catalogue.load("default")

    @pytest.mark.parametrize("form", ListFormat)
    def test_the_whole_catalogue_comes_back_as_it_was(self, form: ListFormat) -> None:
        text = lists.write(self.CATALOGUE, form)
        found = lists.read(text.encode(), POLICY)
        assert found.refused == ()
        assert sorted(found.sources, key=str) == sorted(self.CATALOGUE, key=str)
        assert len(text) * 5_000 / len(self.CATALOGUE) < 1.4 * MAX_BYTES

    def test_other_readers_find_folders_names_and_addresses(self) -> None:
        outlet = Outlet(name='The "Times" & Co', country="GB", language="en", section="Sport", state_run=True)
        text = opml.write([NewSource(url="https://a.example/?a=1&b=2", outlet=outlet)])
        root = ElementTree.fromstring(text)  # noqa: S314 - our own
        assert root.tag == "opml"
        (folder,) = root.findall("./body/outline")
        assert folder.get("text") == "United Kingdom"
        (outline,) = folder
        assert outline.get("xmlUrl") == "https://a.example/?a=1&b=2"
        assert outline.get("text") == 'The "Times" & Co · Sport'
        assert (outline.get("type"), outline.get("language")) == ("rss", "en")

    @pytest.mark.parametrize("form", ListFormat)
    def test_logins_are_never_written(self, form: ListFormat) -> None:
        text = lists.write([NewSource(url="https://me:secret@a.example/feed", outlet=Outlet(name="A"))], form)
        assert "secret" not in text
        assert "me:" not in text
        assert [source.url for source in lists.read(text.encode(), POLICY).sources] == ["https://a.example/feed"]

    @settings(max_examples=60, deadline=None)
    @given(
        st.text(min_size=1, max_size=60),
        st.none() | st.text(max_size=60),
        st.sampled_from([None, "GB", "x-nato", "ZZ", "EU"]),
        st.sampled_from([None, "en", "pt-br", "qqq", "%"]),
        st.booleans(),
    )
    def test_what_is_written_can_be_read_whatever_it_says(
        self, name: str, section: str | None, country: str | None, language: str | None, flag: bool
    ) -> None:
        outlet = Outlet(
            name=name, country=country, language=language, section=section, state_run=flag, single_country=flag
        )
        source = NewSource(url="https://a.example/feed", outlet=outlet)
        for form in ListFormat:
            text = lists.write([source], form).encode("utf-8", "replace")
            if form is ListFormat.TOML:
                tomllib.loads(text.decode())
            found = lists.read(text, POLICY)
            assert len(found.sources) + len(found.refused) == 1
            blank = not "".join(letter for letter in name if letter.isprintable()).strip()
            assert not found.refused or blank, "an outlet has a name"


PIECES = st.sampled_from(
    [
        "<opml>", "</opml>", "<body>", "</body>", "<outline>", "</outline>", "<outline ", 'text="A"', "xmlUrl=",
        '"https://a.example/"', '"http://10.0.0.1/"', "/>", ">", "<", "&", "&amp;", "&x;", "<!--", "-->", "<![CDATA[",
        "]]>", '<!DOCTYPE o [<!ENTITY x "y">]>', "<?xml version='1.0' encoding='utf-16'?>", "\x00", "\ufffe", "é",
        "[[source]]\n", 'outlet = "A"\n', "url = 'https://a.example/'\n", "#", "\n", '"""', "'", "true", "dateline:",
    ]
)  # fmt: skip


class TestGarbage:
    @settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(st.lists(PIECES | st.text(max_size=5), max_size=40).map("".join), st.sampled_from(["utf-8", "utf-16"]))
    def test_garbage_in_a_list_or_a_sentence_out(self, text: str, charset: str) -> None:
        for body in (text.encode(charset, "replace"), b"<opml><body>" + text.encode("utf-8", "replace")):
            self.check(body)

    @settings(max_examples=200, deadline=None)
    @given(st.binary(max_size=300), st.integers(0, 400))
    def test_bytes_and_mutated_files(self, noise: bytes, place: int) -> None:
        good = opml.write(TestWriting.CATALOGUE[:2]).encode()
        for body in (noise, good[:place] + noise + good[place:], good[:place], b"[[source]]\n" + noise):
            self.check(body)

    def check(self, body: bytes) -> None:
        try:
            found = lists.read(body, POLICY)
        except UserError as error:
            assert str(error).endswith((".", ")"))  # noqa: PT017
        else:
            assert found.sources or found.refused

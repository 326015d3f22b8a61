"""The address policy: rows S of the catalogue, at the URL and at the socket."""

from __future__ import annotations

import socket

import pytest
from hypothesis import given, strategies as st
from yarl import URL

from bot.errors import ConfigError
from bot.feeds.address import is_public
from bot.feeds.guard import REFUSED, AddressBlocked, AddressPolicy, AddressRefused, without_credentials

NOBODY = AddressPolicy()

LOCAL = [
    ("S01", "http://127.0.0.1/"),
    *(("S02", f"http://{host}/") for host in ("127.1", "2130706433", "017700000001", "0177.0.0.1", "0", "127.0.0.1.")),
    *(("S03", f"http://{host}/") for host in ("0x7f.1", "0x7f000001")),
    ("S04", "http://0.0.0.0/"),
    *(("S05", f"http://[{host}]/") for host in ("::ffff:127.0.0.1", "::ffff:7f00:1", "0:0:0:0:0:ffff:127.0.0.1")),
    *(("S06", f"http://[{host}]/") for host in ("::1", "::", "::127.0.0.1")),
    *(("S08", f"http://{host}/") for host in ("localhost", "ⓛocalhost", "LOCALHOST.", "foo.localhost")),
    ("S08", "http://ip6-localhost/"),
    ("S09", "http://example.com@127.0.0.1/"),
    *(
        ("S12", f"http://{host}/")
        for host in ("169.254.169.254", "[fd00:ec2::254]", "metadata.google.internal", "100.100.100.200")
    ),
    *(("S12", f"http://{host}/") for host in ("168.63.129.16", "192.0.0.192")),
    *(
        ("S13", f"http://{host}/")
        for host in (
            "10.1.2.3", "172.16.0.1", "192.168.1.1", "100.64.0.1", "198.18.0.1", "192.0.2.1", "198.51.100.1",
            "203.0.113.1", "224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255",
        )
    ),
    *(
        ("S14", f"http://[{host}]/")
        for host in (
            "fc00::1", "fe80::1", "fec0::1", "ff02::1", "64:ff9b::7f00:1", "64:ff9b:1::a00:1", "2002:7f00:1::1",
            "2001:0:4136:e378::1", "100::1", "3fff::1", "5f00::1", "2001:db8::1",
        )
    ),
    *(("S19", f"http://{host}:8080/") for host in ("172.17.0.1", "host.docker.internal", "postgres")),
]  # fmt: skip


@pytest.mark.parametrize(("row", "url"), LOCAL)
def test_private_hosts_are_refused_with_one_wording(row: str, url: str) -> None:
    with pytest.raises(AddressRefused) as caught:
        NOBODY.check_url(url)
    assert str(caught.value) == REFUSED


@pytest.mark.parametrize(
    ("row", "url"),
    [
        ("S10", "http://127.0.0.1\\@example.com/"),
        ("S10", "http://127.0.0.1:99999/"),
        *(("S18", f"http://example.com:{port}/") for port in (22, 25, 6379, 5432, 11211, 9200, 2375)),
        *(
            ("S21", url)
            for url in (
                "file:///etc/passwd", "ftp://example.com/", "gopher://example.com/", "dict://example.com/",
                "data:text/xml,x", "jar:http://example.com/", "ws://example.com/", "unix:/run/x",
                "view-source:http://example.com/", "//example.com",
            )
        ),
        ("S24", "http://example.com/" + "a" * 2000),
        ("S24", f"http://{'.'.join('a' * 300)}/"),
        ("S24", f"http://{'a' * 64}.com/"),
        ("S24", "http://example.com:0/"),
        ("S24", "http://example.com:/"),
        ("S24", "http:///x"),
        ("S24", "http://exa mple.com/"),
        ("S24", "http://example.com/\r\nHost: x"),
        ("S24", ""),
    ],
)  # fmt: skip
def test_what_is_no_web_address_is_refused(row: str, url: str) -> None:
    with pytest.raises(AddressRefused):
        NOBODY.check_url(url)


@pytest.mark.parametrize(
    ("url", "canonical"),
    [
        ("HTTPS://EXAMPLE.com:443/a?b=1#f", "https://example.com/a?b=1"),
        ("feed://example.com/x", "https://example.com/x"),
        ("feed:https://example.com/x", "https://example.com/x"),
        (" http://example.com./x ", "http://example.com/x"),
        ("http://bücher.example/ä", "http://xn--bcher-kva.example/%C3%A4"),
        ("https://me:secret@example.com/feed", "https://me:secret@example.com/feed"),
        ("http://example.com:8080/", "http://example.com:8080/"),
        ("http://[2606:4700::1111]/", "http://[2606:4700::1111]/"),
        ("http://8.8.8.8/x", "http://8.8.8.8/x"),
    ],
)
def test_a_public_address_is_made_canonical(url: str, canonical: str) -> None:
    assert NOBODY.check_url(url) == canonical
    assert NOBODY.check_url(canonical) == canonical


class TestAllowList:
    def test_s22_only_that_host_and_port(self) -> None:
        policy = AddressPolicy.of(["rsshub:1200", "127.0.0.1:9200", "[::1]:81", "::1", "intranet.example.lan"])
        for url in (
            "http://rsshub:1200/x",
            "http://127.0.0.1:9200/x",
            "http://[::1]:81/",
            "http://[::1]/",
            "https://[::1]/",
            "https://intranet.example.lan/feed",
        ):
            assert policy.check_url(url) == url
        for url in (
            "http://rsshub/",
            "http://rsshub:1201/",
            "http://127.0.0.1/",
            "http://localhost:9200/",
            "http://[::1]:8080/",
            "http://[::ffff:127.0.0.1]:9200/",
        ):
            with pytest.raises(AddressRefused):
                policy.check_url(url)

    @pytest.mark.parametrize("entry", ["http://x", "x:0", "x:99999", "a b", "*", "x:y", "a/b", "-"])
    def test_a_wrong_entry_is_named(self, entry: str) -> None:
        with pytest.raises(ConfigError, match="allow_private"):
            AddressPolicy.of([entry])


def _info(address: str, port: int) -> tuple[int, int, int, str, tuple[str, int]]:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    return (family, socket.SOCK_STREAM, 0, "", (address, port))


class TestSocketFactory:
    def test_s15_a_public_name_with_a_private_address_is_blocked(self) -> None:
        with NOBODY.dialling(URL("http://example.com/")) as attempt, pytest.raises(AddressBlocked):
            NOBODY.socket_factory(_info("10.0.0.1", 80))
        assert attempt.refused

    def test_s15_a_public_address_is_dialled(self) -> None:
        with NOBODY.dialling(URL("http://example.com/")) as attempt:
            NOBODY.socket_factory(_info("8.8.8.8", 80)).close()
        assert not attempt.refused

    def test_s18_the_port_is_judged_too(self) -> None:
        with NOBODY.dialling(URL("http://example.com/")), pytest.raises(AddressBlocked):
            NOBODY.socket_factory(_info("8.8.8.8", 22))

    def test_s22_another_name_for_an_allowed_address_stays_blocked(self) -> None:
        policy = AddressPolicy.of(["rsshub:1200"])
        with policy.dialling(URL("http://rsshub:1200/")):
            policy.socket_factory(_info("127.0.0.1", 1200)).close()
        with policy.dialling(URL("http://evil.example:1200/")), pytest.raises(AddressBlocked):
            policy.socket_factory(_info("127.0.0.1", 1200))

    def test_without_an_attempt_only_public_addresses_pass(self) -> None:
        policy = AddressPolicy.of(["127.0.0.1:8080"])
        with pytest.raises(AddressBlocked):
            policy.socket_factory(_info("127.0.0.1", 8080))


@given(st.ip_addresses(v=4))
def test_an_ipv4_address_is_judged_alike_in_any_wrapping(address: object) -> None:
    plain = is_public(str(address))
    assert is_public(f"::ffff:{address}") == plain
    assert is_public(f"64:ff9b::{address}") == plain
    assert not is_public(f"::{address}")


@given(st.text(max_size=80) | st.from_regex(r"https?://[^/]{1,30}(:[0-9]{0,6})?/.{0,20}"))
def test_any_text_is_refused_or_made_canonical_for_good(text: str) -> None:
    try:
        url = NOBODY.check_url(text)
    except AddressRefused:
        return
    assert NOBODY.check_url(url) == url


def test_credentials_are_not_shown() -> None:
    assert without_credentials("https://me:secret@example.com/x?y=1") == "https://example.com/x?y=1"
    assert "secret" not in without_credentials("https://me:secret@[bad/")

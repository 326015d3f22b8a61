"""The configuration: where a setting may stand, which wins, and what is said of a wrong one. Never a secret's value."""

from __future__ import annotations

import contextlib
import json
import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from bot.config import Settings, load
from bot.errors import ConfigError

SECRET = "MTIzNDU2Nzg5MDEyMzQ1Njc4.Gabcde.very-secret-part_of-a-token"


@pytest.fixture(autouse=True)
def _bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No setting from outside, and an empty folder to start in."""
    for name in list(os.environ):
        if name.upper().startswith("DATELINE_"):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


def refusal(**environment: str) -> str:
    """What is said of a configuration in the environment that is refused."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment.items():
            patch.setenv(f"DATELINE_{name}", value)
        with pytest.raises(ConfigError) as caught:
            load().discord_token()
    return str(caught.value)


def file(text: str, name: str = "dateline.toml") -> Path:
    path = Path(name)
    path.write_text(text, encoding="utf-8")
    return path


def test_without_any_setting_there_are_defaults() -> None:
    found = load()
    assert found.database_path == "dateline.sqlite"
    assert found.catalogue == "default"
    assert found.allow_private == ()
    assert found.token is None


def test_a_file_is_read_and_variables_win_over_it(monkeypatch: pytest.MonkeyPatch) -> None:
    file('database = "of-the-file.sqlite"\npollers = 3\nlog_json = true\nallow_private = ["a.test:81", "10.0.0.1"]\n')
    monkeypatch.setenv("DATELINE_POLLERS", "7")
    found = load()
    assert found.database == "of-the-file.sqlite"
    assert found.pollers == 7
    assert found.log_json
    assert found.allow_private == ("a.test:81", "10.0.0.1")


def test_dateline_config_names_another_file(monkeypatch: pytest.MonkeyPatch) -> None:
    file('catalogue = "none"')
    file("pollers = 2", "other.toml")
    monkeypatch.setenv("DATELINE_CONFIG", "other.toml")
    found = load()
    assert found.pollers == 2
    assert found.catalogue == "default", "the file of the folder is not read besides"


def test_an_empty_variable_is_as_good_as_none(monkeypatch: pytest.MonkeyPatch) -> None:
    file("pollers = 5")
    monkeypatch.setenv("DATELINE_POLLERS", "")
    monkeypatch.setenv("DATELINE_TOKEN", "")
    monkeypatch.setenv("DATELINE_CONFIG", "")
    assert load().pollers == 5
    assert load().token is None


@pytest.mark.parametrize(
    ("name", "right"),
    [
        ("TOKN", "DATELINE_TOKEN"),
        ("DATABSE", "DATELINE_DATABASE"),
        ("CATALOG", "DATELINE_CATALOGUE"),
        ("ALLOWPRIVATE", "DATELINE_ALLOW_PRIVATE"),
        ("DISCORD_API_URL", "DATELINE_DISCORD_API"),
        ("TOKENFILE", "DATELINE_TOKEN_FILE"),
        ("", ""),
        ("ZZZ", ""),
    ],
)
def test_an_unknown_variable_is_refused_with_the_nearest_right_one(name: str, right: str) -> None:
    said = refusal(**{name: SECRET})
    assert f"DATELINE_{name} in the environment is no setting" in said
    assert f"did you mean {right or 'DATELINE_'}" in said
    assert SECRET not in said


@pytest.mark.parametrize(
    ("line", "wrong", "right"),
    [
        (f'tokn = "{SECRET}"', "tokn", "token"),
        ("databse = 1", "databse", "database"),
        ('Token = "x"', "Token", "token"),
        ('config = "other.toml"', "config", ""),
    ],
)
def test_an_unknown_key_of_the_file_is_refused_with_the_nearest_right_one(line: str, wrong: str, right: str) -> None:
    file(line)
    said = refusal()
    assert f"{wrong} in dateline.toml is no setting" in said
    assert "did you mean" in said
    assert right in said
    assert SECRET not in said


@pytest.mark.parametrize(
    ("line", "table"), [("[dateline]", "[dateline]"), ("[discord]", "[discord]"), (f'["{SECRET}"]', "a table")]
)
def test_settings_stand_in_no_table(line: str, table: str) -> None:
    file(f'{line}\ntoken = "{SECRET}"')
    said = refusal()
    assert f"{table} in dateline.toml: settings stand at the top, without a table" in said
    assert SECRET not in said


@pytest.mark.parametrize(
    ("name", "value", "part"),
    [
        ("POLLERS", "many", "integer"),
        ("POLLERS", "0", "greater than or equal to 1"),
        ("POLLERS", "100000", "less than or equal to 256"),
        ("PARSERS", "-1", "greater than or equal to 0"),
        ("LOG_JSON", "perhaps", "boolean"),
        ("LOG_LEVEL", "loud", "must be debug, info, warning or error"),
        ("ALERTS_PER_SERVER", "-3", "greater than or equal to 0"),
        ("DISCORD_API", "discord.test/api/v10", "must be a URL that begins with http:// or https://"),
        ("DISCORD_API", "ws://discord.test/", "must be a URL that begins with http:// or https://"),
        ("DISCORD_API", "http://", ""),
        ("DISCORD_API", "http://host:notaport/", ""),
        ("DISCORD_GATEWAY", "https://gateway.test", "must be a URL that begins with ws:// or wss://"),
        ("DISCORD_GATEWAY", "gateway.test", "must be a URL that begins with ws:// or wss://"),
        ("CONTACT", "https://example.org/\nX: y", "must be one line, without control characters"),
        ("DATABASE", "mysql://localhost/news", "must be a path, an sqlite:/// URL or a postgresql:// URL"),
    ],
)
def test_a_wrong_value_names_its_key(name: str, value: str, part: str) -> None:
    said = refusal(**{name: value})
    assert said.startswith(f"DATELINE_{name} ({name.lower()} in the file): ")
    assert part in said
    assert "\n" not in said
    assert "pydantic" not in said


def test_every_wrong_value_is_named_at_once() -> None:
    said = refusal(POLLERS="many", LOG_LEVEL="loud")
    assert "DATELINE_POLLERS" in said
    assert "DATELINE_LOG_LEVEL" in said


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("postgresql://news:pa55word@db.test/news", "postgresql://news:**********@db.test/news"),
        ("postgres://news:pa55@word/@db.test:5433/news", "postgres://news:**********@db.test:5433/news"),
        ("postgresql://news@db.test/news", "postgresql://news@db.test/news"),
        ("postgresql:///news?host=/run/postgresql", "postgresql:///news?host=/run/postgresql"),
        ("postgresql://db/n?user=a&password=pa55word&x=1", "postgresql://db/n?user=a&password=**********&x=1"),
    ],
)
def test_a_postgresql_url_is_taken_and_its_password_is_stars(
    url: str, shown: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATELINE_DATABASE", url)
    settings = load()
    assert settings.database_path == url
    assert settings.effective()["database"] == shown
    assert "pa55" not in repr(settings)


def test_another_databases_url_is_refused_in_a_plain_sentence_without_its_password() -> None:
    said = refusal(DATABASE="postgresql+asyncpg://news:pa55word@db.test/news")
    assert said.startswith("DATELINE_DATABASE")
    assert "postgresql:// URL" in said
    assert "pa55word" not in said


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ("news.sqlite", "news.sqlite"),
        ("/var/lib/dateline/news.sqlite", "/var/lib/dateline/news.sqlite"),
        ("sqlite:///news.sqlite", "news.sqlite"),
        ("sqlite:////var/lib/dateline/news.sqlite", "/var/lib/dateline/news.sqlite"),
        ("~/news.sqlite", str(Path.home() / "news.sqlite")),
        ("sqlite:///~/news.sqlite", str(Path.home() / "news.sqlite")),
    ],
)
def test_a_database_is_a_path_or_an_sqlite_url(given: str, path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATELINE_DATABASE", given)
    assert load().database_path == path


@pytest.mark.parametrize("given", ["sqlite:///", ":memory:", "sqlite:///:memory:", "sqlite://news.sqlite"])
def test_a_database_that_is_no_file_is_refused(given: str) -> None:
    assert refusal(DATABASE=given, TOKEN=SECRET).startswith("DATELINE_DATABASE")


@pytest.mark.parametrize(
    ("given", "hosts"),
    [
        ("127.0.0.1:8080", ("127.0.0.1:8080",)),
        ("intranet.test, 10.0.0.1:81 ,[::1]:8080", ("intranet.test", "10.0.0.1:81", "[::1]:8080")),
        (" , ,", ()),
    ],
)
def test_allow_private_is_split_on_commas(given: str, hosts: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATELINE_ALLOW_PRIVATE", given)
    assert load().allow_private == hosts
    monkeypatch.delenv("DATELINE_ALLOW_PRIVATE")
    file(f'allow_private = "{given}"')
    assert load().allow_private == hosts


@pytest.mark.parametrize(
    ("name", "value", "kept"),
    [
        ("discord_api", "http://127.0.0.1:8080/api/v10", "http://127.0.0.1:8080/api/v10"),
        ("discord_api", "https://proxy.test/api/v10/", "https://proxy.test/api/v10"),
        ("discord_gateway", "ws://127.0.0.1:9000/", "ws://127.0.0.1:9000"),
        ("discord_gateway", "wss://proxy.test/gateway", "wss://proxy.test/gateway"),
    ],
)
def test_base_urls(name: str, value: str, kept: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"DATELINE_{name.upper()}", value)
    assert load().effective()[name] == kept


# --- files that cannot be read -----------------------------------------------------------------------------------


def test_a_config_file_that_is_not_there_a_folder_or_no_toml() -> None:
    assert "DATELINE_CONFIG: missing.toml cannot be read" in refusal(CONFIG="missing.toml")
    Path("folder").mkdir()
    assert "DATELINE_CONFIG: folder cannot be read" in refusal(CONFIG="folder")
    file(f"token = {SECRET}", "broken.toml")
    said = refusal(CONFIG="broken.toml")
    assert "broken.toml is not TOML" in said
    assert SECRET not in said
    Path("bytes.toml").write_bytes(b'token = "\xff\xfe"')
    assert "bytes.toml is not TOML" in refusal(CONFIG="bytes.toml")


# --- the token ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [SECRET, f"{SECRET}\n", f'"{SECRET}"\r\n', f"'{SECRET}'", f"  {SECRET} ", f"Bot {SECRET}", f"\t{SECRET}\n\n"],
)
def test_a_token_is_taken_without_what_copying_brings_along(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATELINE_TOKEN", text)
    assert load().discord_token() == SECRET
    monkeypatch.delenv("DATELINE_TOKEN")
    Path("token").write_text(text, encoding="utf-8")
    monkeypatch.setenv("DATELINE_TOKEN_FILE", "token")
    assert load().discord_token() == SECRET


def test_the_token_wins_over_the_token_file(monkeypatch: pytest.MonkeyPatch) -> None:
    Path("token").write_text("of.the.file", encoding="utf-8")
    monkeypatch.setenv("DATELINE_TOKEN_FILE", "token")
    monkeypatch.setenv("DATELINE_TOKEN", SECRET)
    assert load().discord_token() == SECRET


@pytest.mark.parametrize(
    "bad", [f"{SECRET} {SECRET}", f"two\n{SECRET}", f"{SECRET}\u2026", "   ", '""', "\u200b" + SECRET]
)
def test_what_is_no_token_is_refused_without_being_shown(bad: str) -> None:
    for said in (refusal(TOKEN=bad), _of_file(bad.encode())):
        assert "holds no token: copy it again" in said
        assert SECRET not in said
        assert "secret-part" not in said


def _of_file(content: bytes) -> str:
    Path("bad-token").write_bytes(content)
    said = refusal(TOKEN_FILE="bad-token")
    assert said.startswith("DATELINE_TOKEN_FILE")
    return said


def test_no_token_at_all_says_what_to_set() -> None:
    said = refusal()
    assert "DATELINE_TOKEN" in said
    assert "DATELINE_TOKEN_FILE" in said
    assert "dateline demo" in said


def test_a_token_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    assert "DATELINE_TOKEN_FILE: nowhere/token cannot be read (FileNotFoundError)" in refusal(
        TOKEN_FILE="nowhere/token"
    )
    assert "cannot be read (IsADirectoryError)" in refusal(TOKEN_FILE=str(tmp_path))
    Path("latin").write_bytes(b"\xff\xfe" + SECRET.encode())
    said = refusal(TOKEN_FILE="latin")
    assert "latin cannot be read" in said
    assert SECRET not in said


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every file")
def test_a_token_file_that_may_not_be_read_is_named() -> None:
    Path("locked").write_text(SECRET, encoding="utf-8")
    Path("locked").chmod(0)
    assert "locked cannot be read (PermissionError)" in refusal(TOKEN_FILE="locked")


def test_the_token_is_stars_wherever_settings_are_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATELINE_TOKEN", SECRET)
    found = load()
    assert found.effective()["token"] == "*" * 10
    for shown in (str(found), repr(found), str(found.effective()), str(found.model_dump()), found.model_dump_json()):
        assert SECRET not in shown
    assert set(found.effective()) == set(Settings.model_fields)


def test_settings_are_shown_as_json_has_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATELINE_ALLOW_PRIVATE", "127.0.0.1:8701")
    monkeypatch.setenv("DATELINE_TOKEN_FILE", "token")
    monkeypatch.setenv("DATELINE_ONLY", "web,watch")
    shown = load().effective()
    assert json.loads(json.dumps(shown)) == shown
    assert (shown["log_json"], shown["contact"], shown["pollers"], shown["startup_check"]) == (False, None, 16, 2.0)
    assert (shown["allow_private"], shown["token_file"]) == (["127.0.0.1:8701"], "token")
    assert shown["only"] == ["watch", "web"]


@pytest.mark.parametrize(
    ("listen", "health", "meet"),
    [
        ("127.0.0.1:8080", "127.0.0.1:8080", True),
        ("127.0.0.1:8080", "0.0.0.0:8080", True),
        ("[::]:8080", "127.0.0.1:8080", True),
        ("127.0.0.1:8080", "127.0.0.2:8080", False),
        ("127.0.0.1:8080", "127.0.0.1:8081", False),
        ("127.0.0.1:0", "127.0.0.1:0", False),
    ],
)
def test_the_web_and_health_want_a_port_each(listen: str, health: str, meet: bool) -> None:
    Settings(listen=listen, health_listen=health).check_together()
    both = Settings(listen=listen, health_listen=health, web=True)
    with pytest.raises(ConfigError, match="DATELINE_HEALTH_LISTEN") if meet else contextlib.nullcontext():
        both.check_together()


@pytest.mark.parametrize(
    "line", [f'token = ["{SECRET}"]', f'token = {{ value = "{SECRET}" }}', f'token_file = ["{SECRET}"]']
)
def test_a_token_of_the_wrong_type_is_not_quoted(line: str) -> None:
    file(line)
    said = refusal()
    assert "DATELINE_TOKEN" in said
    assert SECRET not in said


def test_a_token_that_stands_where_a_name_should_is_not_quoted() -> None:
    file(f'"{SECRET}" = "{SECRET}"')
    said = refusal()
    assert "a name in dateline.toml is no setting" in said
    assert SECRET not in said


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.sampled_from(
            [
                "token = ",
                "tokn = ",
                "[",
                "]",
                '"',
                "'",
                "\n",
                "=",
                "pollers = ",
                f'"{SECRET}"',
                SECRET,
                "{",
                "}",
                "1",
                "\\",
            ]
        ),
        max_size=12,
    )
)
def test_no_file_whatever_makes_a_message_show_the_token(parts: list[str]) -> None:
    file("".join(parts))
    try:
        found = load()
        said = str(found.effective())
        found.discord_token()
    except ConfigError as error:
        said = str(error)
    assert SECRET not in said

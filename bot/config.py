"""The configuration: a TOML file and DATELINE_* variables, read once, handed down as values.

Variables win over the file. Never: a value of a secret in any message, or a module that reads the environment itself.
"""

from __future__ import annotations

import difflib
import os
import re
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)
from yarl import URL

from bot.errors import ConfigError
from bot.roles import DISCORD, EVERYTHING, Role, Shards, named

PREFIX = "DATELINE_"
_NAME = re.compile(r"[A-Za-z_]{0,40}")
_POSTGRES = ("postgres://", "postgresql://")
_EVERYWHERE = ("0.0.0.0", "[::]")  # noqa: S104 - names of all addresses of a machine
_PASSWORD = re.compile(r"([?&](?:ssl)?pass(?:word|file)?=)[^&]*", re.IGNORECASE)
_WEB_ADDRESS = re.compile(r"https?://[^\s<>()\[\]]+")
DEFAULT_FILE = Path("dateline.toml")
"""Read where DATELINE_CONFIG names none and this is there."""


class Settings(BaseSettings):
    """What the operator decides. Field names in lower case are the keys of the file, in upper case those variables."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, extra="forbid", frozen=True, hide_input_in_errors=True, env_ignore_empty=True
    )

    token: SecretStr | None = None
    """The Discord application's bot token."""
    token_file: Path | None = None
    """A file that holds the token, such as a systemd credential or a container's secret."""
    database: str = Field(default="dateline.sqlite", repr=False)
    """A path, an sqlite:/// URL, or a postgresql:// URL, which may hold a password."""
    catalogue: str = "default"
    """``default``, ``none``, or the path of a catalogue file."""
    allow_private: Annotated[tuple[str, ...], NoDecode] = ()
    """host[:port], separated by commas: may be fetched although private, on that port."""
    discord_api: str | None = None
    """Base URL in place of https://discord.com/api/v10, for a proxy."""
    discord_gateway: str | None = None
    """Base URL in place of the gateway Discord names, for a proxy."""
    contact: str | None = None
    """An address or URL that goes with each request, so that publishers can reach the operator."""
    privacy_policy: str | None = None
    """The address of the operator's privacy policy, which `/privacy` names."""
    health_channel: int | None = Field(default=None, ge=1)
    """A Discord channel's id: where the operator is told of sources that fail."""
    public_url: str | None = None
    """The address at which the web reaches this bot, such as https://news.example.org: hubs then call it (WebSub),
    and feeds of the web pages link to it."""
    listen: str = "127.0.0.1:8080"
    """host:port of the web server, which runs only where public_url or web is set."""
    health_listen: str | None = None
    """host:port where /healthz, /readyz and /metrics answer."""
    web: bool = False
    """Whether the memory can be read in a browser, as web pages and feeds."""
    log_level: str = "info"
    log_json: bool = False
    only: Annotated[tuple[Role, ...], NoDecode] = ()
    """The roles of this process, where the bot is several: watch, desk, deliver, gateway, web; none: all of them."""
    shards: str | None = None
    """Of a gateway that is one of several: which shards it connects of how many, such as 0-3/16."""
    pollers: int = Field(default=16, ge=1, le=256)
    """Feeds polled at the same time."""
    parsers: int = Field(default=0, ge=0, le=16)
    """Parser processes; 0 means as many as there are processors, 4 at most."""
    open_items: int = Field(default=20_000, ge=1_000)
    """Items of the last three days, the newest, that the desk compares a new one with. Each takes some 2 KB."""
    sources_per_server: int = Field(default=50, ge=0)
    topics_per_server: int = Field(default=50, ge=0)
    alerts_per_server: int = Field(default=50, ge=0)
    alerts_per_channel: int = Field(default=25, ge=0)
    follows_per_person: int = Field(default=25, ge=0)
    commands_per_minute: int = Field(default=60, ge=1)
    """Of one person, clicks included. A server has five times as much, of this and of what follows."""
    pictures_per_minute: int = Field(default=10, ge=1)
    fetches_per_minute: int = Field(default=6, ge=1)
    """Addresses that are asked because somebody wants it now: `/source add`, `check`, `import`."""
    exports_per_day: int = Field(default=10, ge=1)

    startup_check: float = Field(default=2.0, ge=0, le=600)
    """Seconds for which an SQLite file may be looked through at the start; 0: not at all."""
    keep_news: int | None = Field(default=None, ge=30)
    """Days after which items are let go of; None: never. So of what follows."""
    keep_deliveries: int | None = Field(default=None, ge=30)
    keep_revisions: int | None = Field(default=None, ge=7)
    """Earlier headlines of items published before that."""
    keep_notices: int = Field(default=90, ge=7)
    keep_visits: int = Field(default=90, ge=1, le=90)
    keep_feed_days: int = Field(default=30, ge=7, le=30)
    """How much each feed brought on a day."""
    keep_queries: int = Field(default=100_000, ge=1_000)
    """Long questions that buttons refer to by number."""

    @field_validator("allow_private", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value

    @field_validator("only", mode="before")
    @classmethod
    def _roles(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        wanted = [part.strip().lower() for part in value.split(",") if part.strip()]
        unknown = [part for part in wanted if part not in set(Role)]
        if unknown or not wanted:
            raise ValueError(f"must be some of {named(EVERYTHING)}, separated by commas")
        return tuple(Role(part) for part in dict.fromkeys(wanted))

    @field_validator("shards")
    @classmethod
    def _shards(cls, value: str | None) -> str | None:
        return None if value is None else str(Shards.parse(value))

    @field_validator("discord_api", "discord_gateway")
    @classmethod
    def _base_url(cls, value: str | None, info: Any) -> str | None:
        if value is None:
            return None
        schemes = ("http", "https") if info.field_name == "discord_api" else ("ws", "wss")
        try:
            url = URL(value)
        except ValueError as error:
            raise ValueError("is no URL") from error
        if url.scheme not in schemes or not url.host:
            raise ValueError(f"must be a URL that begins with {schemes[0]}:// or {schemes[1]}://")
        return value.rstrip("/")

    @field_validator("public_url")
    @classmethod
    def _public_url(cls, value: str | None) -> str | None:
        if value is None:
            return None
        try:
            url = URL(value)
        except ValueError as error:
            raise ValueError("is no URL") from error
        if url.scheme not in ("http", "https") or not url.host or url.query_string or url.fragment or url.user:
            raise ValueError("must be a URL that begins with https:// or http://, without login, query or fragment")
        return value.rstrip("/")

    @field_validator("contact")
    @classmethod
    def _contact(cls, value: str | None) -> str | None:
        if value is not None and not value.isprintable():
            raise ValueError("must be one line, without control characters: it goes into a header of each request")
        return value

    @field_validator("privacy_policy")
    @classmethod
    def _policy(cls, value: str | None) -> str | None:
        if value is not None and (not _WEB_ADDRESS.fullmatch(value) or len(value) > 500):
            raise ValueError("must be an address that begins with https:// or http://")
        return value

    @field_validator("listen", "health_listen")
    @classmethod
    def _listen(cls, value: str | None) -> str | None:
        if value is None:
            return None
        host, colon, port = value.rpartition(":")
        if not colon or not host.strip("[]") or not port.isascii() or not port.isdigit() or int(port) > 65535:
            raise ValueError("must be host:port, such as 127.0.0.1:8080")
        return value

    @field_validator("log_level")
    @classmethod
    def _level(cls, value: str) -> str:
        if value.lower() not in ("debug", "info", "warning", "error"):
            raise ValueError("must be debug, info, warning or error")
        return value.lower()

    @field_validator("database")
    @classmethod
    def _database(cls, value: str) -> str:
        if value.startswith(_POSTGRES):
            return value
        if "://" in value and not value.startswith("sqlite:///"):
            raise ValueError("must be a path, an sqlite:/// URL or a postgresql:// URL")
        if value.removeprefix("sqlite:///").strip() in ("", ":memory:"):
            raise ValueError("must name a file: the memory is to outlive the process")
        return value

    @property
    def roles(self) -> frozenset[Role]:
        """What this process does."""
        return frozenset(self.only) or EVERYTHING

    @property
    def shard_range(self) -> Shards | None:
        """The shards of this process's gateway; None: all there are."""
        return None if self.shards is None else Shards.parse(self.shards)

    def check_roles(self) -> None:
        """Raise `ConfigError` where the roles of this process cannot be what is meant."""
        if self.shards is not None and (not self.only or Role.GATEWAY not in self.roles):
            raise ConfigError("DATELINE_SHARDS is for a process of several with the role gateway: see --only")
        if self.only and not self.database.startswith(_POSTGRES):
            raise ConfigError(
                "several processes (--only) share one memory: they need PostgreSQL (DATELINE_DATABASE=postgresql://...)"
            )
        if self.only == (Role.WEB,) and not self.web and self.public_url is None:
            raise ConfigError("the role web has nothing to serve: set DATELINE_WEB or DATELINE_PUBLIC_URL")

    @property
    def needs_token(self) -> bool:
        """Whether this process talks to Discord."""
        return not DISCORD.isdisjoint(self.roles)

    @property
    def database_path(self) -> str:
        """The path of the SQLite file, with ``~`` resolved; the URL of a PostgreSQL database as it is."""
        if self.database.startswith(_POSTGRES):
            return self.database
        return str(Path(self.database.removeprefix("sqlite:///")).expanduser())

    def discord_token(self) -> str:
        """The token, from wherever it is configured. Raises `ConfigError`, naming the key and never the value."""
        if self.token is not None:
            return _checked_token(self.token.get_secret_value(), "DATELINE_TOKEN")
        if self.token_file is None:
            raise ConfigError(
                'no Discord token: set DATELINE_TOKEN or DATELINE_TOKEN_FILE (README, "Running it with a token"), '
                "or look at the bot without one: dateline demo"
            )
        try:
            text = self.token_file.expanduser().read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigError(
                f"DATELINE_TOKEN_FILE: {self.token_file} cannot be read ({type(error).__name__})"
            ) from None
        return _checked_token(text, "DATELINE_TOKEN_FILE")

    def effective(self) -> dict[str, Any]:
        """Every setting as JSON has it, secrets as stars."""
        return self.model_dump(mode="json") | {
            "database": _without_password(self.database),
            "only": [role.value for role in Role if role in self.roles],
        }

    def check_together(self) -> None:
        """Raise `ConfigError` where settings that are right each cannot be so together."""
        self.check_roles()
        serves = Role.WEB in self.roles and (self.web or self.public_url is not None)
        if serves and self.health_listen is not None and _meet(self.listen, self.health_listen):
            raise ConfigError(
                f"DATELINE_HEALTH_LISTEN ({self.health_listen}) has the port of DATELINE_LISTEN ({self.listen}): "
                "give it another one, such as 8081"
            )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        file = _file(os.environ)
        toml = () if file is None else (TomlConfigSettingsSource(settings_cls, toml_file=file),)
        return (init_settings, env_settings, *toml)


def _meet(one: str, other: str) -> bool:
    """Whether two places cannot both be listened on."""
    (host, _, port), (second, _, like) = one.rpartition(":"), other.rpartition(":")
    return int(port) == int(like) != 0 and (host == second or not {host, second}.isdisjoint(_EVERYWHERE))


def _without_password(database: str) -> str:
    """A database's URL with stars for its password, wherever it stands; more is hidden where that is unclear."""
    scheme, found, rest = database.partition("://")
    if not found:
        return database
    login, at, place = rest.rpartition("@")
    user, colon, _ = login.partition(":")
    shown = f"{scheme}://{user}{':**********' if colon else ''}{at}{place}"
    return _PASSWORD.sub(r"\1**********", shown)


def load(**overrides: Any) -> Settings:
    """Read the configuration. Raises `ConfigError` that names the key and, where it is none, the nearest right one."""
    file = _file(os.environ)
    _refuse_unknown((name[len(PREFIX) :] for name in os.environ if name.startswith(PREFIX)), "the environment", PREFIX)
    if file is not None:
        written = _written(file)
        _refuse_tables(written, file)
        _refuse_unknown(written, str(file), "")
    try:
        return Settings(**overrides)
    except ValidationError as error:
        lines = []
        for problem in error.errors(include_input=False, include_url=False, include_context=False):
            key = str(problem["loc"][0]) if problem["loc"] else "configuration"
            lines.append(f"{PREFIX}{key.upper()} ({key} in the file): {problem['msg'].removeprefix('Value error, ')}")
        raise ConfigError("; ".join(lines)) from None


def _file(environment: Mapping[str, str]) -> Path | None:
    named = environment.get(f"{PREFIX}CONFIG")
    if named:
        return Path(named).expanduser()
    return DEFAULT_FILE if DEFAULT_FILE.is_file() else None


def _written(file: Path) -> Mapping[str, object]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"DATELINE_CONFIG: {file} cannot be read ({type(error).__name__})") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{file} is not TOML: {error}") from None


def _refuse_tables(written: Mapping[str, object], file: Path) -> None:
    """Raise `ConfigError` for a table, such as ``[dateline]``: no setting is one."""
    for name, value in written.items():
        if isinstance(value, dict) and name not in Settings.model_fields:
            shown = f"[{name}]" if _NAME.fullmatch(name) else "a table"
            raise ConfigError(f"{shown} in {file}: settings stand at the top, without a table: take that line out")


def _refuse_unknown(names: Iterable[str], where: str, prefix: str) -> None:
    known = [*Settings.model_fields, *(("config",) if prefix else ())]
    for name in names:
        if name.lower() not in known or (not prefix and name not in known):
            near = difflib.get_close_matches(name.lower(), known, n=1, cutoff=0.0)[0]
            right = f"{prefix}{near.upper()}" if prefix else near
            # Whoever pastes a token before the equals sign must not find it in the log.
            shown = f"{prefix}{name}" if _NAME.fullmatch(name) else "a name"
            raise ConfigError(f"{shown} in {where} is no setting: did you mean {right}?")


def _checked_token(text: str, key: str) -> str:
    """A token without the quotes, spaces and line ends that copying brings along."""
    token = text.strip().strip("\"'").strip()
    token = token.removeprefix("Bot ").strip()
    if not token or any(
        character.isspace() or not character.isprintable() or ord(character) > 126 for character in token
    ):
        raise ConfigError(f"{key} holds no token: copy it again from the Discord developer portal, on one line")
    return token

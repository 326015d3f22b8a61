"""Whether this process may read and write a file where it lies, and what is said to the operator where it may not.

Never: a statement, or a file that is opened.
"""

from __future__ import annotations

import os
import pwd
from pathlib import Path

from bot.errors import ConfigError


def check_place(path: Path) -> None:
    """Raise `ConfigError` where no database file can be at that path, or this process may not write all of it."""
    check_way(path)
    if os.path.isdir(path):
        raise ConfigError(f"{path} is a folder: DATELINE_DATABASE must name a file")
    folder = path.absolute().parent
    if not os.path.isdir(folder):
        raise ConfigError(f"the folder {path.parent} of the database is not there: make it, or set DATELINE_DATABASE")
    for ending in ("", "-wal", "-shm"):
        check_part(Path(f"{path}{ending}"))


def check_part(file: Path) -> None:
    """Raise `ConfigError` where this process may not write one of a database's files, or make it where it is not."""
    folder = file.absolute().parent
    if os.path.exists(file):
        check_file(file)
    elif not _may(folder, os.W_OK):
        raise ConfigError(f"{_refused(folder, 'written')}, or set DATELINE_DATABASE to a file in another folder")


def check_file(path: Path, *, writes: bool = True) -> None:
    """Raise `ConfigError` where this process may not read, or not write, a file that is there."""
    check_way(path)
    if not _may(path, os.R_OK):
        raise ConfigError(_refused(path, "read"))
    if writes and not _may(path, os.W_OK):
        raise ConfigError(_refused(path, "written"))


def check_target(path: Path) -> None:
    """Raise `ConfigError` where this process cannot make a new file at that path."""
    check_way(path)
    folder = path.absolute().parent
    if not os.path.isdir(folder):
        raise ConfigError(f"the folder {path.parent} is not there: make it, or choose another place")
    if not _may(folder, os.W_OK):
        raise ConfigError(f"{_refused(folder, 'written')}, or choose another place")


def unusable(path: Path, error: OSError) -> ConfigError:
    """The error for a file that the system does not let this process write, whatever its rights say."""
    owner = f", and belongs to {_owner(path)}" if os.path.exists(path) else ""
    return ConfigError(
        f"{path} cannot be written ({error.strerror or type(error).__name__}){owner}: move it away, or put right "
        "what is named there"
    )


def check_way(path: Path) -> None:
    """Raise `ConfigError` for the first of the folders above that this process may not enter."""
    for folder in reversed(path.absolute().parents):
        if os.path.isdir(folder) and not _may(folder, os.X_OK):
            raise ConfigError(_refused(folder, "entered"))


def _may(path: Path, mode: int) -> bool:
    return os.access(path, mode, effective_ids=os.access in os.supports_effective_ids)


def _refused(path: Path, doing: str) -> str:
    """What may not be done with a file or folder, by whom, and who can change that."""
    shown = f"the folder {path}" if os.path.isdir(path) else str(path)
    if doing == "written" and os.statvfs(path).f_flag & os.ST_RDONLY:
        return f"{shown} lies on a file system that is mounted read-only: mount it so that it can be written"
    me, owner = _name(os.geteuid()), _owner(path)
    if me == owner:
        remedy = f"give yourself the right (chmod u+rwX {path})"
    else:
        remedy = f"run dateline as {owner}, or give {me} the right (chown {me} {path})"
    return f"{shown} cannot be {doing} by the user {me}, it belongs to {owner}: {remedy}"


def _owner(path: Path) -> str:
    return _name(path.stat().st_uid)


def _name(user: int) -> str:
    """A user's name; where there is none, as in many a container, the number."""
    try:
        return pwd.getpwuid(user).pw_name
    except KeyError:
        return str(user)

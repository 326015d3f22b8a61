"""What a database needs now and then: a look whether it is whole, and its free space given back.

Never: a statement; those are the dialects', behind their doors.
"""

from __future__ import annotations

import asyncio
from pathlib import Path

from storage.backups import is_whole, rewrite
from storage.opening import is_postgres, run_lock


async def looked_through(database: str, *, seconds: float) -> bool | None:
    """Whether an SQLite file is whole, as far as can be told within that time; None: not all of it was looked at.

    PostgreSQL keeps checksums of its own. Raises `StorageError` for a damaged file.
    """
    if is_postgres(database) or seconds <= 0 or not await asyncio.to_thread(Path(database).is_file):
        return None
    return await is_whole(Path(database), seconds=seconds)


async def vacuumed(database: str) -> tuple[int, int]:
    """Give free space back: the size in bytes before and after.

    An SQLite file is written anew: nobody may use it meanwhile, and the disk must hold it twice. Raises
    `AlreadyRunning` where a `run` has it. PostgreSQL goes on meanwhile, and gives back what its last pages free.
    """
    if is_postgres(database):
        from storage import postgres

        return await postgres.vacuum_postgres(database)
    async with run_lock(database):
        return await rewrite(Path(database))

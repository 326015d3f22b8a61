-- Servers that the bot is not in any more, with what is kept of them: forgotten after some time, unless it comes back.
CREATE TABLE left_server (
    server INTEGER PRIMARY KEY,
    at INTEGER NOT NULL                       -- milliseconds since 1970: when that was noticed
);

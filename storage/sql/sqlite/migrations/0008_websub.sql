-- Hubs that call us when a feed has something new (WebSub).
CREATE TABLE subscription (
    feed_id INTEGER PRIMARY KEY REFERENCES feed (id),
    hub TEXT NOT NULL,
    topic TEXT NOT NULL,                      -- the feed's address as the hub knows it
    token TEXT NOT NULL UNIQUE,               -- in the address that the hub calls; changes with hub and topic
    secret TEXT NOT NULL,                     -- what its calls are signed with
    state TEXT NOT NULL DEFAULT 'wanted',     -- wanted, asked, active, denied
    due_at INTEGER NOT NULL,                  -- when to ask (again)
    lease_until INTEGER,
    attempts INTEGER NOT NULL DEFAULT 0,
    called_at INTEGER,
    problem TEXT
);
CREATE INDEX subscription_due ON subscription (due_at);

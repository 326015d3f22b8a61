-- Web pages without a feed: how their items are found (JSON, as `bot.model.PageRules`). NULL: it is a feed.
ALTER TABLE feed ADD COLUMN page TEXT;

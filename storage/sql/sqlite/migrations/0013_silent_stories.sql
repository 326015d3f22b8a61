-- item.state 3: silent, not placed in a story yet. It becomes 2 once the desk has placed it.
DROP INDEX item_unfiled;
CREATE INDEX item_unfiled ON item (id) WHERE state IN (0, 3);

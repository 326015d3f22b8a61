-- name: copied_notes()
-- What `meta` holds besides the schema's own and the copy's: the salt, and what the bot noted.
SELECT name, value FROM meta WHERE name NOT LIKE 'migration %' AND name NOT IN ('copying', 'serves');

-- name: drop_note(name)!
DELETE FROM meta WHERE name = :name;

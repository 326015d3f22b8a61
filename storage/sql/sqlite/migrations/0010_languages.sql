-- Hours and days in which a feed says that it need not be asked (GMT): bits 0 to 23 are hours, 24 to 30 days from Monday.
ALTER TABLE feed ADD COLUMN skip INTEGER NOT NULL DEFAULT 0;

-- What an item is written in is found like its outlet: kind "language", the primary subtag ("pt" of "pt-br").
-- The same as bot.model.primary_language says, for what was stored before.

CREATE TEMP TABLE spoken AS
SELECT language, CASE primary_subtag
           WHEN 'nb' THEN 'no' WHEN 'nn' THEN 'no' WHEN 'tl' THEN 'fil' WHEN 'cmn' THEN 'zh'
           WHEN 'iw' THEN 'he' WHEN 'in' THEN 'id' WHEN 'ji' THEN 'yi' ELSE primary_subtag END AS slug
FROM (SELECT DISTINCT language,
             lower(substr(replace(language, '_', '-') || '-', 1, instr(replace(language, '_', '-') || '-', '-') - 1))
                 AS primary_subtag
      FROM item WHERE language IS NOT NULL)
WHERE primary_subtag <> '';

INSERT OR IGNORE INTO tag (kind, slug) SELECT DISTINCT 'language', slug FROM spoken;

INSERT OR IGNORE INTO item_tag (scope, tag_id, item_id)
SELECT s.scope, a.id, m.id
FROM item_tag AS s JOIN tag AS every ON every.kind = 'all' AND every.slug = '' AND s.tag_id = every.id
JOIN item AS m ON m.id = s.item_id
JOIN spoken AS p ON p.language = m.language
JOIN tag AS a ON a.kind = 'language' AND a.slug = p.slug;

INSERT INTO tag_count (scope, tag_id, items)
SELECT t.scope, t.tag_id, count(*) FROM item_tag AS t JOIN tag AS a ON a.id = t.tag_id
WHERE a.kind = 'language' GROUP BY t.scope, t.tag_id;

DROP TABLE spoken;

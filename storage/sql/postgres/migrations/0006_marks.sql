-- serves: 1
-- Tags, words and time in one index, so that a question reads only what meets all of it, the newest first (ADR 12).
--
-- item_text.marks holds what an item may be found by, as 64 bits each:
-- * the tags that everybody sees, those that some servers see (negative), and these servers: each hashed with the
--   period that the item lies in, 2^22 seconds (48 days), so that the index has a short list of a tag for each period;
-- * the shorter spans of time that it lies in: of 2^10 seconds (17 minutes), 2^13, 2^16 and 2^19 (six days).
-- Of what everybody sees it is exact. Of what servers alone see it may say too much: who asks for that looks at
-- item_tag besides.
ALTER TABLE item_text ADD COLUMN marks BIGINT[] NOT NULL DEFAULT '{}';

CREATE FUNCTION marked(tags BIGINT[], scope BIGINT, period BIGINT) RETURNS BIGINT[]
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN scope = 0 THEN ARRAY(SELECT hashint8extended(t, period) FROM unnest(tags) AS t)
                ELSE ARRAY(SELECT hashint8extended(-t, period) FROM unnest(tags) AS t)
                     || hashint8extended(-(1::bigint << 62) - scope, period) END
$$;

-- Which kind of span is in the highest byte; an item's id holds its second above 20 bits.
CREATE FUNCTION spans_of(item BIGINT) RETURNS BIGINT[]
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT ARRAY[(10::bigint << 56) | (item >> 30), (13::bigint << 56) | (item >> 33),
                 (16::bigint << 56) | (item >> 36), (19::bigint << 56) | (item >> 39)]
$$;

-- The spans that cover the items from low to high, the newest first, each with the marks of tags in it: everybody's,
-- and those that a server alone sees (NULL for scope 0). Spans grow the further back they lie, up to a period, each at
-- most eight times as long as the one before: who stops early has not read much more than was wanted. The first is of
-- `kind_first`, where the time allows it. Years without an item are passed over.
CREATE FUNCTION spans(low BIGINT, high BIGINT, tags BIGINT[], scope BIGINT, kind_first BIGINT)
RETURNS TABLE (kind BIGINT, span BIGINT, everybodys BIGINT[], own BIGINT[])
LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
DECLARE
    width BIGINT := 1 << (kind_first - 10)::integer;  -- in spans of the shortest kind, as are the others
    first BIGINT := low >> 30;
    beyond BIGINT := (high >> 30) + 1;
    period BIGINT := -1;
    newest BIGINT;
    theirs BIGINT[];
    ours BIGINT[];
BEGIN
    kind := kind_first;
    WHILE beyond > first LOOP
        IF beyond % (8 * 4096) = 0 THEN       -- once a year
            SELECT max(item_id) >> 42 INTO newest FROM item_text WHERE item_id < beyond << 30;
            beyond := least(beyond, (newest + 1) << 12);
            EXIT WHEN newest IS NULL OR beyond <= first;
        END IF;
        WHILE beyond % width <> 0 LOOP
            kind := kind - 3;
            width := width / 8;
        END LOOP;
        IF kind < 22 AND beyond % (width * 8) = 0 THEN
            kind := kind + 3;
            width := width * 8;
        END IF;
        WHILE kind > 10 AND beyond - width < first LOOP
            kind := kind - 3;
            width := width / 8;
        END LOOP;
        beyond := beyond - width;
        span := beyond / width;
        IF period IS DISTINCT FROM beyond >> 12 THEN
            period := beyond >> 12;
            theirs := marked(tags, 0, period);
            ours := CASE WHEN scope <> 0 THEN marked(tags, scope, period) END;
        END IF;
        everybodys := theirs;
        own := ours;
        IF kind < 22 THEN
            everybodys := everybodys || ((kind << 56) | span);
            own := own || ((kind << 56) | span);
        END IF;
        RETURN NEXT;
    END LOOP;
END
$$;

-- A new text is written with its marks, after its tags. What comes later, or by a program that knows no marks, is
-- added.
CREATE FUNCTION tags_come() RETURNS trigger
LANGUAGE plpgsql SET enable_hashjoin = off SET enable_mergejoin = off AS $$  -- by key, however many the first time
BEGIN
    IF NOT EXISTS (SELECT 1 FROM (SELECT DISTINCT item_id FROM added) AS a
                   WHERE EXISTS (SELECT 1 FROM item_text AS x WHERE x.item_id = a.item_id OFFSET 0)) THEN
        RETURN NULL;                          -- all are new: most of the time
    END IF;
    UPDATE item_text AS x SET marks = ARRAY(SELECT DISTINCT m FROM unnest(x.marks || c.marks) AS m)
    FROM (
        SELECT o.item_id, array_agg(o.mark) || spans_of(o.item_id) AS marks
        FROM (
            SELECT item_id, unnest(marked(array_agg(tag_id), scope, item_id >> 42)) AS mark FROM added
            GROUP BY item_id, scope
        ) AS o
        GROUP BY o.item_id
    ) AS c
    WHERE x.item_id = c.item_id AND NOT x.marks @> c.marks;
    RETURN NULL;
END
$$;
CREATE TRIGGER item_tagged AFTER INSERT ON item_tag REFERENCING NEW TABLE AS added
FOR EACH STATEMENT EXECUTE FUNCTION tags_come();

CREATE FUNCTION tags_go() RETURNS trigger
LANGUAGE plpgsql SET enable_hashjoin = off SET enable_mergejoin = off AS $$
BEGIN
    UPDATE item_text AS x SET marks = ARRAY(SELECT m FROM unnest(x.marks) AS m WHERE m <> ALL (g.marks))
    FROM (
        SELECT item_id, marked(array_agg(tag_id), 0, item_id >> 42) AS marks FROM gone WHERE scope = 0 GROUP BY item_id
    ) AS g
    WHERE x.item_id = g.item_id AND x.marks && g.marks;
    RETURN NULL;
END
$$;
CREATE TRIGGER item_untagged AFTER DELETE ON item_tag REFERENCING OLD TABLE AS gone
FOR EACH STATEMENT EXECUTE FUNCTION tags_go();

-- The same for all texts at once, in the order of their ids: a text is written anew, and where it then lies on the disk
-- is its place in the index. What is near in time must be near there, too, or a span is no less work than everything.
CREATE FUNCTION mark_texts() RETURNS VOID
LANGUAGE plpgsql
SET work_mem = '256MB' SET enable_hashjoin = off SET enable_nestloop = off SET enable_hashagg = off AS $$
BEGIN
    UPDATE item_text AS x SET marks = ARRAY(SELECT DISTINCT m FROM unnest(x.marks || c.marks) AS m)
    FROM (
        SELECT o.item_id, array_agg(o.mark) || spans_of(o.item_id) AS marks
        FROM (
            SELECT item_id, hashint8extended(CASE WHEN scope = 0 THEN tag_id ELSE -tag_id END, item_id >> 42) AS mark
            FROM item_tag
            UNION ALL
            SELECT DISTINCT item_id, hashint8extended(-(1::bigint << 62) - scope, item_id >> 42)
            FROM item_tag WHERE scope <> 0
        ) AS o
        GROUP BY o.item_id
    ) AS c
    WHERE x.item_id = c.item_id AND NOT x.marks @> c.marks;
END
$$;

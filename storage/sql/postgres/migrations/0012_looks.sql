-- serves: 1
-- Words come before marks in the index, and many times are one look at it (ADR 16).

-- The looks that cover the items from low to high, the newest first. What carries everybody's first and second tag (the
-- first again, where there is but one) has one mark at least of `held`, of `firsts` and of `seconds`; what a server alone
-- sees, one of `held_own`, `firsts_own`, `seconds_own` and `servers` (NULL for scope 0). Each look is up to twice
-- as long as all before it, the first as though `looked` of the shortest spans had been: who stops early has not read much
-- more than was wanted. A time in which nothing came is passed over. Behind 18 hours of it looks begin anew, short:
-- four times at most, since of what seldom comes there is little to read.
CREATE FUNCTION looks(low BIGINT, high BIGINT, tags BIGINT[], scope BIGINT, looked BIGINT)
RETURNS TABLE (held BIGINT[], firsts BIGINT[], seconds BIGINT[],
               held_own BIGINT[], firsts_own BIGINT[], seconds_own BIGINT[], servers BIGINT[])
LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
DECLARE
    first BIGINT := low >> 30;                -- in spans of the shortest kind, as are the others
    beyond BIGINT := (least(high, 1::bigint << 62) >> 30) + 1;
    kind BIGINT;
    width BIGINT;
    number BIGINT;
    newest BIGINT;
    other BIGINT := coalesce(tags[2], tags[1]);
    leaps BIGINT := -1;                       -- the first is to the newest item
BEGIN
    LOOP
        SELECT max(item_id) >> 30 INTO newest FROM item_text WHERE item_id < beyond << 30;
        EXIT WHEN newest IS NULL OR newest < first;
        IF leaps < 0 OR newest < beyond - 64 AND leaps < 4 THEN
            looked := CASE WHEN leaps < 0 THEN looked ELSE 2 END;
            leaps := leaps + 1;
            kind := 10;
            width := 1;
            beyond := least(beyond, newest + 1);
        ELSE
            beyond := least(beyond, (newest / width + 1) * width);
        END IF;
        WHILE kind < 22 AND beyond % (width * 8) = 0 AND width * 4 <= looked LOOP
            kind := kind + 3;
            width := width * 8;
        END LOOP;
        WHILE kind > 10 AND (beyond % width <> 0 OR beyond - width < first) LOOP
            kind := kind - 3;
            width := width / 8;
        END LOOP;
        number := least(greatest(1, looked * 2 / width), (beyond - first) / width,
                        CASE WHEN kind = 22 THEN 16 ELSE (beyond / width - 1) % 8 + 1 END);
        beyond := beyond - number * width;
        looked := looked + number * width;
        firsts := '{}'; seconds := '{}'; firsts_own := '{}'; seconds_own := '{}'; servers := '{}';
        FOR period IN beyond >> 12 .. beyond + number * width - 1 >> 12 LOOP
            firsts := firsts || hashint8extended(tags[1], period);
            seconds := seconds || hashint8extended(other, period);
            IF scope <> 0 THEN
                firsts_own := firsts_own || hashint8extended(-tags[1], period);
                seconds_own := seconds_own || hashint8extended(-other, period);
                servers := servers || hashint8extended(-(1::bigint << 62) - scope, period);
            END IF;
        END LOOP;
        held := firsts;
        held_own := servers;
        IF kind < 22 THEN
            held := '{}';
            FOR span IN beyond / width .. beyond / width + number - 1 LOOP
                held := held || ((kind << 56) | span);
            END LOOP;
            held_own := held;
        END IF;
        RETURN NEXT;
    END LOOP;
END
$$;

-- GIN takes the columns one after another: words are seldom, and what carries a tag is a long list. While it is built (a
-- minute for each million items) texts are read, by the index that is there, but not written.
CREATE INDEX item_text_worded ON item_text USING gin (word_pairs(terms), search, marks);
DROP INDEX item_text_found;
ALTER INDEX item_text_worded RENAME TO item_text_found;

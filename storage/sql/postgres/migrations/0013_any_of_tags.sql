-- serves: 1
-- A look at the index is for any of several tags (ADR 17): a filter's alternatives that differ in one are one question.

-- The looks that cover the items from low to high, the newest first. What carries any of the first tags for everybody and
-- any of the second ones has one mark at least of `held`, of `firsts` and of `seconds`; what a server alone sees, one
-- of `held_own`, `firsts_own`, `seconds_own` and `servers` (NULL for scope 0). How long each look is, is as in 0012.
CREATE FUNCTION looks(low BIGINT, high BIGINT, any_first BIGINT[], any_second BIGINT[], scope BIGINT, looked BIGINT)
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
    tag BIGINT;
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
            FOREACH tag IN ARRAY any_first LOOP
                firsts := firsts || hashint8extended(tag, period);
                IF scope <> 0 THEN
                    firsts_own := firsts_own || hashint8extended(-tag, period);
                END IF;
            END LOOP;
            FOREACH tag IN ARRAY any_second LOOP
                seconds := seconds || hashint8extended(tag, period);
                IF scope <> 0 THEN
                    seconds_own := seconds_own || hashint8extended(-tag, period);
                END IF;
            END LOOP;
            IF scope <> 0 THEN
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

-- What programs of schema 12 ask: one first tag, and one second or the first again.
CREATE OR REPLACE FUNCTION looks(low BIGINT, high BIGINT, tags BIGINT[], scope BIGINT, looked BIGINT)
RETURNS TABLE (held BIGINT[], firsts BIGINT[], seconds BIGINT[],
               held_own BIGINT[], firsts_own BIGINT[], seconds_own BIGINT[], servers BIGINT[])
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT * FROM looks(low, high, tags[1:1], ARRAY[coalesce(tags[2], tags[1])], scope, looked)
$$;

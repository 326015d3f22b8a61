-- serves: 1
-- Spans grew over a time in which nothing came, too: who stopped a bot for a month, and started it again, had the first six
-- days before that month read whole for a page. Behind such a time they begin anew, short, where something is: four times at
-- most, since of what seldom comes there is little to read.
CREATE OR REPLACE FUNCTION spans(low BIGINT, high BIGINT, tags BIGINT[], scope BIGINT, kind_first BIGINT)
RETURNS TABLE (kind BIGINT, span BIGINT, everybodys BIGINT[], own BIGINT[])
LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
DECLARE
    width BIGINT := 1 << (kind_first - 10)::integer;  -- in spans of the shortest kind, as are the others
    first BIGINT := low >> 30;
    beyond BIGINT := (high >> 30) + 1;
    period BIGINT := -1;
    newest BIGINT;
    leaps BIGINT := 0;
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
            IF leaps < 4 THEN
                SELECT max(item_id) >> 30 INTO newest FROM item_text WHERE item_id < beyond << 30;
                EXIT WHEN newest IS NULL OR newest < first;
                IF newest < beyond - greatest(width, 64) THEN   -- nothing came for 18 hours
                    leaps := leaps + 1;
                    beyond := newest + 1;
                    kind := kind_first;
                    width := 1 << (kind_first - 10)::integer;
                    CONTINUE;
                END IF;
            END IF;
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

-- serves: 1
-- Words that stand in a row are in the index as pairs, so that a phrase reads only what holds it (ADR 15): GIN knows no
-- places, and of two common words next to each other every text that has both would be read.
--
-- A pair is one of 2^22 numbers: few enough that the index has a list for each rather than a key of its own for every two
-- words that anybody wrote. Two pairs may share one; the words are asked for besides, and how they stand at last.
CREATE FUNCTION word_pairs(terms TEXT) RETURNS BIGINT[]  -- of terms as `indexed` reads them
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT ARRAY(
        SELECT hashtextextended(left(u.first, 500) || ' ' || left(u.second, 500), 0) & 4194303
        FROM (SELECT array_remove(string_to_array(lower(terms COLLATE "C"), ' '), '') AS whole OFFSET 0) AS t,
             unnest(t.whole[:cardinality(t.whole) - 1], t.whole[2:]) AS u (first, second))
$$;

-- While it is built (a minute for each million items) texts are read, by the index that is there, but not written.
CREATE INDEX item_text_paired ON item_text USING gin (marks, search, word_pairs(terms));
DROP INDEX item_text_found;
ALTER INDEX item_text_paired RENAME TO item_text_found;

-- serves: 1
-- Whether any text holds a term: always by the index of words. For a term that it does not know the planner may think
-- that a walk of the texts finds one sooner, and would walk them all.
CREATE FUNCTION is_known(term TEXT) RETURNS BOOLEAN
LANGUAGE sql STABLE
SET enable_seqscan = off
SET enable_indexscan = off
SET plan_cache_mode = force_generic_plan
AS $$
    SELECT EXISTS (SELECT 1 FROM item_text AS x WHERE x.search @@ quoted(term))
$$;

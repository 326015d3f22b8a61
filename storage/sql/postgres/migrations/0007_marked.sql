-- serves: 1
-- The marks of what is there: a step of its own, so that the lock which the column took is not held meanwhile. One to three
-- minutes for each million items, in which everything goes on.
SELECT mark_texts();

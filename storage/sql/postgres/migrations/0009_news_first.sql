-- serves: 1
-- What is news is placed before what came with a feed's first reading, of which there may be very much. While the index
-- is built (it holds next to nothing, but all items are looked through) items are read, but not written.
CREATE INDEX item_news ON item (id) WHERE state = 0;

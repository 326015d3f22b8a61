-- What is news is placed before what came with a feed's first reading, of which there may be very much.
CREATE INDEX item_news ON item (id) WHERE state = 0;

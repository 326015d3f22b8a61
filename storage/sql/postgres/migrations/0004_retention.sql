-- serves: 1
-- item.state 4: to be let go of, 5: let go of. Of the latter only the row stays, without its text, so that what its feeds go
-- on bringing under a known key is not new again.
CREATE INDEX item_leaving ON item (id) WHERE state = 4;

-- When a person last asked what is new of a question: kept for those who ask so ("since my last visit"), 90 days.
-- The question is a hash: what a person asks is nobody's to read.
CREATE TABLE visit (
    person INTEGER NOT NULL,
    question TEXT NOT NULL,
    at INTEGER NOT NULL,                      -- milliseconds since 1970
    PRIMARY KEY (person, question)
) WITHOUT ROWID;
CREATE INDEX visit_at ON visit (at);

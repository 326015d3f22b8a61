-- In which language a server is told things, where its moderators chose one, and a person who follows something: by
-- the id of either (Discord's ids are of one kind: no server has a person's). Of persons it goes with their last follow.
CREATE TABLE language (
    holder INTEGER PRIMARY KEY,
    locale TEXT NOT NULL,                     -- Discord's name of it, such as pt-BR; ar, which Discord lacks
    everyone INTEGER NOT NULL DEFAULT 0       -- of a server: everybody is answered in it
);

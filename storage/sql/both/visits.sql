-- name: last_visit(person, question)
SELECT at FROM visit WHERE person = :person AND question = :question;

-- name: visit(person, question, now)!
INSERT INTO visit (person, question, at) VALUES (:person, :question, :now)
ON CONFLICT (person, question) DO UPDATE SET at = excluded.at;

-- name: forget_visits(before)!
DELETE FROM visit WHERE at < :before;

-- name: forget_other_visits(person, kept)!
-- All but the newest of a person.
DELETE FROM visit WHERE person = :person AND question NOT IN (
    SELECT question FROM visit WHERE person = :person ORDER BY at DESC LIMIT :kept);

-- name: language(holder)
SELECT locale, everyone FROM language WHERE holder = :holder;

-- name: set_language(holder, locale, everyone)!
INSERT INTO language (holder, locale, everyone) VALUES (:holder, :locale, :everyone)
ON CONFLICT (holder) DO UPDATE SET locale = excluded.locale, everyone = excluded.everyone;

-- name: forget_language(holder)!
DELETE FROM language WHERE holder = :holder;

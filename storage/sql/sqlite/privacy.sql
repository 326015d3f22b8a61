-- name: note_left(servers, now, first, last, of)!
-- Of whom anything is kept, of some shards, and in which the bot is not; the first time counts.
INSERT INTO left_server (server, at)
SELECT k.server, :now FROM (
    SELECT guild AS server FROM alert_rule WHERE owner IS NULL
    UNION SELECT guild FROM channel_flow UNION SELECT guild FROM told_in UNION SELECT guild FROM hidden
    UNION SELECT guild FROM own_topic UNION SELECT owner FROM source UNION SELECT scope FROM correction
) AS k
WHERE k.server <> 0 AND (k.server >> 22) % :of BETWEEN :first AND :last
  AND k.server NOT IN (SELECT value FROM json_each(:servers))
ON CONFLICT (server) DO NOTHING;

-- name: note_here(servers)!
DELETE FROM left_server WHERE server IN (SELECT value FROM json_each(:servers));

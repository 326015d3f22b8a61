-- name: claim_notice(token, until, now)
-- One at a time: they are few, and stay in order.
UPDATE notice SET state = 'sending', attempts = attempts + 1, lease_token = :token, lease_until = :until
WHERE id = (
    SELECT n.id FROM notice AS n LEFT JOIN told_in AS p ON p.guild = n.guild
    WHERE (n.channel IS NOT NULL OR p.guild IS NOT NULL)
      AND ((n.state = 'pending' AND n.due_at <= :now) OR (n.state = 'sending' AND n.lease_until <= :now))
    ORDER BY n.id LIMIT 1
)
RETURNING id, guild, text, attempts, begun_at, channel IS NOT NULL AS elsewhere,
          coalesce(channel, (SELECT channel FROM told_in WHERE guild = notice.guild)) AS channel;

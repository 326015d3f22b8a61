-- name: add_rule(guild, channel, query, criteria, role, min_outlets, style, at_minute, weekday, filter, place, owner, now)
INSERT INTO alert_rule (guild, channel, query, criteria, role, min_outlets, style, at_minute, weekday, filter, place,
                        owner, standing, created_at)
VALUES (:guild, :channel, :query, :criteria, :role, :min_outlets, :style, :at_minute, :weekday, :filter, :place, :owner,
        'active', :now)
RETURNING id, guild, channel, query, criteria, role, min_outlets, style, at_minute, weekday, filter, place, owner,
          standing, reason, created_at;

-- name: edit_rule(rule, channel, query, criteria, role, min_outlets, style, at_minute, weekday, filter, place)
UPDATE alert_rule SET channel = :channel, query = :query, criteria = :criteria, role = :role, min_outlets = :min_outlets,
                      style = :style, at_minute = :at_minute, weekday = :weekday, filter = :filter, place = :place
WHERE id = :rule
RETURNING id;

-- name: leave_block(rule, channel)!
-- What kept a rule from posting was of its channel: in another one it is at work.
UPDATE alert_rule SET standing = 'active', reason = NULL, retry_at = NULL, blocked_at = NULL, told = 0
WHERE id = :rule AND channel <> :channel AND standing = 'blocked';

-- name: move_held(rule)!
-- What a rule holds is held where it is by now, but for what that channel had. What it leaves behind the desk judges.
INSERT INTO held (channel, story_id, item_id, rule_id, guild, role, why, due_at, created_at)
SELECT r.channel, h.story_id, h.item_id, h.rule_id, h.guild, h.role, h.why, h.due_at, h.created_at
FROM held AS h JOIN alert_rule AS r ON r.id = h.rule_id
WHERE h.rule_id = :rule AND h.digest_id IS NULL AND h.channel <> r.channel
  AND NOT EXISTS (SELECT 1 FROM delivery AS d
                  WHERE d.channel = r.channel
                    AND (d.story_id = h.story_id OR (d.item_id = h.item_id AND d.kind = 'story')))
ORDER BY h.id
ON CONFLICT (channel, story_id) {sooner};

-- name: take_out_moved(rule)!
-- What comes to a channel to be posted waits for no digest there.
DELETE FROM held
WHERE digest_id IS NULL AND channel = (SELECT channel FROM alert_rule WHERE id = :rule)
  AND story_id IN (SELECT d.story_id FROM delivery AS d
                   WHERE d.rule_id = :rule AND d.state = 'pending' AND d.doubt_since IS NULL
                     AND d.channel <> held.channel AND d.kind = 'story');

-- name: move_deliveries(rule)!
-- To where the rule is by now: what was surely not posted, and what its channel has not had.
UPDATE delivery
SET due_at = CASE WHEN channel = (SELECT channel FROM alert_rule WHERE id = :rule) THEN due_at ELSE created_at END,
    channel = (SELECT channel FROM alert_rule WHERE id = :rule), place = (SELECT place FROM alert_rule WHERE id = :rule)
WHERE rule_id = :rule AND state = 'pending' AND doubt_since IS NULL AND kind <> 'reply'
  AND NOT EXISTS (SELECT 1 FROM delivery AS o
                  WHERE o.id <> delivery.id AND o.channel = (SELECT channel FROM alert_rule WHERE id = :rule)
                    AND (o.story_id = delivery.story_id
                         OR (o.item_id = delivery.item_id AND o.kind = 'story' AND delivery.kind = 'story')))
  AND NOT EXISTS (SELECT 1 FROM held AS h
                  WHERE h.channel = (SELECT channel FROM alert_rule WHERE id = :rule)
                    AND h.story_id = delivery.story_id);

-- name: drop_left(rule)!
-- What the new channel has already is sent in none.
DELETE FROM delivery
WHERE rule_id = :rule AND state = 'pending' AND doubt_since IS NULL AND kind <> 'reply'
  AND channel <> (SELECT channel FROM alert_rule WHERE id = :rule);

-- name: rule_elsewhere(rule, channel)
SELECT id FROM alert_rule WHERE id = :rule AND channel <> :channel;

-- name: free_digests(rule)!
UPDATE held SET digest_id = NULL
WHERE digest_id IN (SELECT id FROM delivery WHERE rule_id = :rule AND kind = 'digest' AND state = 'pending'
                                             AND doubt_since IS NULL);

-- name: drop_digests(rule)!
DELETE FROM delivery WHERE rule_id = :rule AND kind = 'digest' AND state = 'pending' AND doubt_since IS NULL;

-- piece: heir
-- Another rule at work whose stories stand in a digest.
SELECT min(h.rule_id) FROM held AS h JOIN alert_rule AS r ON r.id = h.rule_id
WHERE h.digest_id = delivery.id AND r.id <> :rule AND r.standing <> 'paused' AND r.channel = delivery.channel

-- name: hand_on_digests(rule)!
-- What may have been posted already stays whole, and goes on in the name of another rule.
UPDATE delivery SET rule_id = ({heir})
WHERE rule_id = :rule AND kind = 'digest' AND state IN ('pending', 'sending') AND ({heir}) IS NOT NULL;

-- name: hold_pending(rule)!
-- What a rule leaves behind unsent in a channel, until the desk has seen who else there it is for.
INSERT INTO held (channel, story_id, item_id, rule_id, guild, role, why, due_at, created_at)
SELECT d.channel, d.story_id, d.item_id, d.rule_id, d.guild, d.role, 'catch-up', d.created_at, d.created_at
FROM delivery AS d JOIN alert_rule AS r ON r.id = d.rule_id
WHERE d.rule_id = :rule AND d.state = 'pending' AND d.doubt_since IS NULL AND d.kind = 'story' AND d.story_id IS NOT NULL
  AND (r.standing = 'paused' OR r.channel <> d.channel)
ORDER BY d.id
ON CONFLICT (channel, story_id) DO NOTHING;

-- name: drop_pending(rule)!
DELETE FROM delivery WHERE rule_id = :rule AND state = 'pending' AND doubt_since IS NULL;

-- name: give_up_pending(rule)!
-- What may have been posted is not looked for any more; that the channel may have it stays known.
UPDATE delivery SET state = 'dead', detail = 'its alert was removed' WHERE rule_id = :rule AND state = 'pending';

-- name: retire_rule(rule, nothing)!
-- Of a removed rule there stays where it posted, so that its channel gets no story again: not what it asked, nor for whom.
UPDATE alert_rule SET standing = 'paused', reason = 'removed', query = :nothing, criteria = :nothing, filter = NULL,
                      role = NULL, retry_at = NULL, blocked_at = NULL, told = 0
WHERE id = :rule;

-- name: drop_retired(rule)!
DELETE FROM alert_rule
WHERE id = :rule AND NOT EXISTS (SELECT 1 FROM delivery AS d WHERE d.rule_id = alert_rule.id)
  AND NOT EXISTS (SELECT 1 FROM held AS h WHERE h.rule_id = alert_rule.id);

-- name: retired_rules()
SELECT id FROM alert_rule WHERE standing = 'paused' AND reason = 'removed';

-- name: forget_retired(before)!
-- A story that was last told so long ago does not come again.
DELETE FROM alert_rule
WHERE standing = 'paused' AND reason = 'removed'
  AND NOT EXISTS (SELECT 1 FROM delivery AS d WHERE d.rule_id = alert_rule.id AND d.created_at >= :before)
  AND NOT EXISTS (SELECT 1 FROM held AS h WHERE h.rule_id = alert_rule.id AND h.created_at >= :before);

-- name: set_standing(rule, standing, reason)!
UPDATE alert_rule SET standing = :standing, reason = :reason, retry_at = NULL, blocked_at = NULL, told = 0
WHERE id = :rule;

-- name: resume_channel(rule)
-- A block is of a channel: its rules are tried again together, or what waits first there would hold back the others.
UPDATE alert_rule SET standing = 'active', reason = NULL, retry_at = NULL, blocked_at = NULL, told = 0
WHERE channel = (SELECT c.channel FROM alert_rule AS c WHERE c.id = :rule) AND standing = 'blocked'
RETURNING id;

-- name: release_deliveries(rule, now)!
UPDATE delivery SET due_at = :now WHERE rule_id = :rule AND state = 'pending';

-- piece: kept
-- Nobody has removed it.
(standing <> 'paused' OR reason IS NULL OR reason <> 'removed')

-- name: list_rules(guild)
SELECT id, guild, channel, query, criteria, role, min_outlets, style, at_minute, weekday, filter, place, owner,
       standing, reason, created_at
FROM alert_rule WHERE guild = :guild AND owner IS NULL AND {kept} ORDER BY id;

-- name: list_follows(owner)
SELECT id, guild, channel, query, criteria, role, min_outlets, style, at_minute, weekday, filter, place, owner,
       standing, reason, created_at
FROM alert_rule WHERE owner = :owner AND {kept} ORDER BY id;

-- name: untold_follow(owner)
SELECT id, channel, reason FROM alert_rule WHERE owner = :owner AND standing = 'blocked' AND told = 0 LIMIT 1;

-- name: untold_rule(guild)
SELECT id, channel, reason FROM alert_rule
WHERE guild = :guild AND owner IS NULL AND standing = 'blocked' AND told = 0 LIMIT 1;

-- name: mark_told(channel)!
UPDATE alert_rule SET told = 1 WHERE channel = :channel AND standing = 'blocked';

-- name: rule_query(rule)
SELECT query FROM alert_rule WHERE id = :rule;

-- name: rules_version()
SELECT value FROM meta WHERE name = 'rules';

-- name: rules_of_style(style)
SELECT id, guild, channel, query, criteria, role, min_outlets, style, at_minute, weekday, filter, place, owner,
       standing, reason, created_at
FROM alert_rule WHERE style = :style AND standing = 'active' ORDER BY id;

-- name: blocked_rules()
SELECT id, guild, channel, query, criteria, role, min_outlets, style, at_minute, weekday, filter, place, owner,
       standing, reason, created_at
FROM alert_rule WHERE standing = 'blocked' ORDER BY id;

-- name: changed_rules(since)
SELECT id, guild, channel, query, criteria, role, min_outlets, style, at_minute, weekday, filter, place, owner,
       standing, reason, created_at
FROM alert_rule WHERE revision > :since ORDER BY id;

-- name: gone_rules(since)
SELECT id FROM rule_gone WHERE revision > :since;

-- name: recall(name)
SELECT value FROM meta WHERE name = :name;

-- name: remember(name, value)!
INSERT INTO meta (name, value) VALUES (:name, :value) ON CONFLICT (name) DO UPDATE SET value = excluded.value;

-- name: tell_in(guild, channel)!
INSERT INTO told_in (guild, channel) VALUES (:guild, :channel)
ON CONFLICT (guild) DO UPDATE SET channel = excluded.channel, problem = NULL;

-- name: tell_nowhere(guild)!
DELETE FROM told_in WHERE guild = :guild;

-- name: told_in(guild)
SELECT channel, problem FROM told_in WHERE guild = :guild;

-- name: begin_notice(notice, now)!
UPDATE notice SET begun_at = coalesce(begun_at, :now) WHERE id = :notice;

-- name: finish_notice(notice, token, state, due_at, begun_at, detail)
UPDATE notice SET state = :state, due_at = :due_at, begun_at = :begun_at, detail = :detail,
                  lease_token = NULL, lease_until = NULL
WHERE id = :notice AND lease_token = :token
RETURNING guild;

-- name: set_told_problem(guild, problem)!
UPDATE told_in SET problem = :problem WHERE guild = :guild;

-- name: drop_notices(guild)!
DELETE FROM notice WHERE guild = :guild AND channel IS NULL AND state IN ('pending', 'sending');

-- name: next_notice_due()
SELECT min(CASE WHEN n.state = 'sending' THEN n.lease_until ELSE n.due_at END) AS due_at
FROM notice AS n LEFT JOIN told_in AS p ON p.guild = n.guild
WHERE n.state IN ('pending', 'sending') AND (n.channel IS NOT NULL OR p.guild IS NOT NULL);

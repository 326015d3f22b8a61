"""Ids, each of a type of its own."""

from __future__ import annotations

from typing import NewType

FeedId = NewType("FeedId", int)
SourceId = NewType("SourceId", int)
ItemId = NewType("ItemId", int)
"""Carries the item's time: whole seconds since 1970 shifted left by 20 bits, plus a sequence within the second."""
StoryId = NewType("StoryId", int)
"""The id of the story's first item."""
NoticeId = NewType("NoticeId", int)
RuleId = NewType("RuleId", int)
DeliveryId = NewType("DeliveryId", int)
GuildId = NewType("GuildId", int)
ChannelId = NewType("ChannelId", int)
RoleId = NewType("RoleId", int)
UserId = NewType("UserId", int)
MessageId = NewType("MessageId", int)

LARGEST_ID = 2**63 - 1
"""What a store keeps of any id."""
OPERATOR = GuildId(0)
"""The owner of the sources that every server is answered from; as a scope, what everybody sees."""

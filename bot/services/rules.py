"""What a server does with its alerts, and a person with their follows, alike. Never: whose a rule is."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Generic, TypeVar

from bot.model import AlertRule, RuleId, Standing
from bot.ports import AlertStore

Holder = TypeVar("Holder")


class RuleKeeper(ABC, Generic[Holder]):
    """Pauses, resumes and removes the rules of holders."""

    _alerts: AlertStore

    @abstractmethod
    async def get(self, holder: Holder, rule: RuleId) -> AlertRule:
        """One rule of that holder. Raises `UserError` where there is no such rule of theirs."""

    async def pause(self, holder: Holder, rule: RuleId) -> AlertRule:
        """Stop a rule for now. Raises `UserError`."""
        return await self._stand(holder, rule, Standing.PAUSED)

    async def resume(self, holder: Holder, rule: RuleId) -> AlertRule:
        """Set a paused or blocked rule to work; what a block held back is sent now. Raises `UserError`."""
        return await self._stand(holder, rule, Standing.ACTIVE)

    async def remove(self, holder: Holder, rule: RuleId) -> AlertRule:
        """Remove a rule and what it has pending. Raises `UserError`."""
        found = await self.get(holder, rule)
        await self._alerts.remove(rule)
        return found

    async def _stand(self, holder: Holder, rule: RuleId, standing: Standing) -> AlertRule:
        found = await self.get(holder, rule)
        await self._alerts.set_standing(rule, standing)
        return found

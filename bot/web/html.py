"""The door to Jinja2: the templates beside this module, filled with plain values. Everything filled in is escaped.

A value that a template lacks is an error, not an empty place. Never: a template from anywhere else, or markup that a
value brought along.
"""

from __future__ import annotations

from jinja2 import Environment, PackageLoader, StrictUndefined


class Templates:
    """The pages' templates, compiled once."""

    def __init__(self) -> None:
        self._environment = Environment(
            loader=PackageLoader("bot.web"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )
        for name in self._environment.list_templates():
            self._environment.get_template(name)

    def fill(self, template: str, **values: object) -> str:
        """A template with its values."""
        return self._environment.get_template(f"{template}.html").render(values)

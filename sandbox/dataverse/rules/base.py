"""What a table's own rules may do: look at a write before and after it happens."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.dataverse.store import Row

if TYPE_CHECKING:
    from sandbox.dataverse.writer import Writer


class Rules:
    """No rules. A table overrides what it needs; `before_*` may change the row or the changes, or raise."""

    def before_create(self, writer: Writer, row: Row) -> None:
        """The row has its values and defaults; owner and state are set."""

    def after_create(self, writer: Writer, row: Row) -> None:
        """The row is stored."""

    def before_update(self, writer: Writer, old: Row, changes: Row) -> None:
        """`changes` holds converted values; state and reason are checked as a pair."""

    def after_update(self, writer: Writer, old: Row, new: Row) -> None:
        """The new row is stored."""

    def before_delete(self, writer: Writer, row: Row) -> None:
        """The row and what hangs on it are still there."""

    def after_delete(self, writer: Writer, row: Row) -> None:
        """The row is gone."""

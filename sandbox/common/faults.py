"""Fault rules: what the stand-ins do wrong on purpose.

A rule is `{"id", "verb", "path", "nth" | "share", "times", "do"}`. `verb` and `path` (a regular expression searched in
the decoded path and query) choose requests; both may be missing. `nth` fires at the n-th occasion (and the following
ones, up to `times`, which is then 1 unless given), `share` at that part of the occasions (from a seeded generator),
neither at every occasion; `times` is the most it fires. `do` is one of:

    before the app    status, delay, html, expire_tokens
    the connection    cut_after, done_then_cut
    on the answer     trickle, json_cut, charset, empty, next_link_host, next_link_repeat
    inside the app    revoke, stale_delta, drop_column, reject_row, rewrite

An occasion of the first two groups is a matching request, of the third an answer that the fault can change: one with a
body (longer than that, for `json_cut`), or with a next link. Inside the app it is the thing itself: a check of that
privilege, a delta token presented, a row with that value written. `drop_column` takes a matching request. Rules with
`status` or of the last group also see the parts of a `$batch` as requests of their own. So `fired` counts what was done.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

BEFORE = frozenset({"status", "delay", "html", "expire_tokens"})
CUTS = frozenset({"cut_after", "done_then_cut"})
BODY = frozenset({"trickle", "json_cut", "charset", "empty"})
NEXT_LINK = frozenset({"next_link_host", "next_link_repeat"})
INSIDE = frozenset({"revoke", "stale_delta", "drop_column", "reject_row", "rewrite"})
STATUS_DETAILS = frozenset({"headers", "code", "message"})
PART_KINDS = INSIDE | {"status"}


@dataclass(slots=True)
class Rule:
    """One fault rule with its counters."""

    id: str
    verb: str | None
    path: re.Pattern[str] | None
    nth: int | None
    share: float | None
    times: int | None
    do: Mapping[str, Any]
    generator: random.Random
    seen: int = 0
    fired: int = 0

    def matches(self, verb: str, target: str) -> bool:
        """Whether the rule is about this request at all."""
        return (self.verb is None or self.verb == verb) and (self.path is None or bool(self.path.search(target)))

    def take(self) -> bool:
        """Count an occasion and tell whether the rule fires at it."""
        self.seen += 1
        if self.times is not None and self.fired >= self.times:
            return False
        if self.nth is not None and self.seen < self.nth:
            return False
        if self.share is not None and self.generator.random() >= self.share:
            return False
        self.fired += 1
        return True


@dataclass(slots=True)
class Effects:
    """The faults that hit one request: `acts` have fired already, `inside` fire where the app meets their occasion."""

    acts: dict[str, Any] = field(default_factory=dict)
    inside: list[Rule] = field(default_factory=list)
    dropped: set[str] = field(default_factory=set)
    """`table.column` names this request must not know."""

    def revoked(self, privilege: str) -> bool:
        """Whether this check of a privilege is to fail."""
        return any(
            rule.do["revoke"].lower() == privilege.lower() and rule.take()
            for rule in self.inside
            if "revoke" in rule.do
        )

    def stale_delta(self) -> bool:
        """Whether the delta token just presented is to count as expired."""
        return any(rule.take() for rule in self.inside if "stale_delta" in rule.do)

    def rejects(self, row: Mapping[str, Any]) -> str | None:
        """The `column=value` of the rule that refuses this row; None lets it in. Values compare as text."""
        for rule in self.inside:
            wanted = rule.do.get("reject_row")
            if wanted is None:
                continue
            column, _, value = str(wanted).partition("=")
            if column in row and _as_text(row[column]) == value and rule.take():
                return str(wanted)
        return None

    def rewritten(self, row: Mapping[str, Any]) -> dict[str, Any]:
        """The columns of this row that the server silently changes, with their new values."""
        changed: dict[str, Any] = {}
        for rule in self.inside:
            columns = rule.do.get("rewrite") or {}
            hit = [name for name in columns if row.get(name) is not None]
            if hit and rule.take():
                changed.update({name: _rewrite(row[name], columns[name]) for name in hit})
        return changed

    def joined(self, other: Effects) -> Effects:
        """These effects and those of an enclosing request."""
        if other is NO_EFFECTS or not (other.inside or other.dropped):
            return self
        mine = [rule for rule in other.inside if rule not in self.inside]
        return Effects(self.acts, self.inside + mine, self.dropped | other.dropped)


NO_EFFECTS = Effects()


class FaultBook:
    """The rules in force. Raises ValueError on a rule it does not understand: nothing is half loaded."""

    def __init__(self, seed: int = 0) -> None:
        self._seed = seed
        self._rules: list[Rule] = []

    def load(self, rules: Any) -> None:
        """Replace the rules; an empty list clears them."""
        if not isinstance(rules, list):
            raise ValueError("fault rules are a JSON list")
        self._rules = [_rule(number, value, self._seed) for number, value in enumerate(rules, start=1)]

    def report(self) -> list[dict[str, Any]]:
        """Each rule's id and how often it fired."""
        return [{"id": rule.id, "fired": rule.fired} for rule in self._rules]

    def effects(self, verb: str, target: str, *, part: bool = False) -> Effects:
        """The faults that hit this request; `part` is for a request inside a `$batch`."""
        if not self._rules:
            return NO_EFFECTS
        effects = Effects()
        for rule in self._rules:
            kinds = rule.do.keys()
            if (part and not kinds & PART_KINDS) or not rule.matches(verb, target):
                continue
            if "drop_column" in kinds:
                if rule.take():
                    effects.dropped.add(str(rule.do["drop_column"]))
            elif kinds & (INSIDE | NEXT_LINK | BODY):
                effects.inside.append(rule)
            elif rule.take():
                effects.acts.update(rule.do)
        return effects


def body_acts(effects: Effects, body: bytes) -> dict[str, Any]:
    """What fires on an answer with this body."""
    acts: dict[str, Any] = {}
    for rule in effects.inside:
        if not rule.do.keys() & BODY or not body or len(body) <= int(rule.do.get("json_cut", -1)):
            continue
        if rule.take():
            acts.update(rule.do)
    return acts


def next_link_rule(effects: Effects) -> Rule | None:
    """The rule that spoils the next link of this answer, if one fires. Call it only for an answer that has one."""
    return next((rule for rule in effects.inside if rule.do.keys() & NEXT_LINK and rule.take()), None)


def _rule(number: int, value: Any, seed: int) -> Rule:
    if not isinstance(value, dict) or not isinstance(value.get("do"), dict) or not value["do"]:
        raise ValueError(f'fault rule {number} needs an object with a "do"')
    _refuse_unknown(number, value.keys() - {"id", "verb", "path", "nth", "share", "times", "do"})
    _refuse_unknown(number, value["do"].keys() - BEFORE - CUTS - BODY - NEXT_LINK - INSIDE - STATUS_DETAILS)
    if "nth" in value and "share" in value:
        raise ValueError(f"fault rule {number} has both nth and share")
    name = str(value.get("id", number))
    times = value.get("times", 1 if "nth" in value else None)
    return Rule(
        id=name,
        verb=str(value["verb"]).upper() if value.get("verb") else None,
        path=re.compile(value["path"]) if value.get("path") else None,
        nth=value.get("nth"),
        share=value.get("share"),
        times=times,
        do=value["do"],
        generator=random.Random(f"{seed}/{name}"),
    )


def _refuse_unknown(number: int, names: Iterable[str]) -> None:
    unknown = sorted(names)
    if unknown:
        raise ValueError(f"fault rule {number} has unknown members: {', '.join(unknown)}")


def _as_text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)


def _rewrite(value: Any, wanted: Any) -> Any:
    return str(value).upper() if wanted == "UPPER" else wanted

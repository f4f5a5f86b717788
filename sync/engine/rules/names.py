"""Parts of a person's name where NAV serves only the whole name.

NAV builds `Name` from first name, middle name and surname, and takes it apart by words. What was agreed before helps to take it
apart in the same way again, so that "Anna Maria" stays one first name.
"""

from typing import NamedTuple


class NameParts(NamedTuple):
    """First name, middle name and surname; each "" when there is none."""

    first: str = ""
    middle: str = ""
    last: str = ""

    @property
    def whole(self) -> str:
        """Return the name as NAV builds it."""
        return " ".join(" ".join(self).split())


def split_name(name: str) -> NameParts:
    """Take a name apart by words, as NAV does: a single word is the surname, the words in between are the middle name."""
    words = name.split()
    if len(words) < 2:
        return NameParts(last="".join(words))
    return NameParts(words[0], " ".join(words[1:-1]), words[-1])


def split_like(name: str, like: NameParts) -> NameParts:
    """Take a name apart as `like` was, as far as it begins or ends with the same parts; by words otherwise."""
    name = " ".join(name.split())
    if name == like.whole:
        return like
    if like.first and name.startswith(f"{like.first} "):
        return _after_first(name[len(like.first) + 1 :], like)
    if like.last and name.endswith(f" {like.last}"):
        return _before_last(name[: -len(like.last) - 1], like)
    return split_name(name)


def _after_first(rest: str, like: NameParts) -> NameParts:
    if like.last and rest.endswith(f" {like.last}"):
        return NameParts(like.first, rest[: -len(like.last) - 1], like.last)
    if like.middle and rest.startswith(f"{like.middle} "):
        return NameParts(like.first, like.middle, rest[len(like.middle) + 1 :])
    if like.middle:
        words = rest.split()
        return NameParts(like.first, " ".join(words[:-1]), words[-1])
    return NameParts(like.first, "", rest)


def _before_last(rest: str, like: NameParts) -> NameParts:
    if like.middle and rest.endswith(f" {like.middle}"):
        return NameParts(rest[: -len(like.middle) - 1], like.middle, like.last)
    if like.middle:
        words = rest.split()
        return NameParts(words[0], " ".join(words[1:]), like.last)
    return NameParts(rest, "", like.last)

"""What the engine says when a record or a mapping cannot be planned."""

from connector.errors import IntegrationError, Permanent, RecordRejected


class MappingInvalid(Permanent):
    """The mapping itself cannot run: no field rows, a cycle, an unknown prerequisite."""


class RecordProblem(RecordRejected):
    """This record cannot be planned; everything else goes on.

    `code` is a stable word (`value_too_long`, `mixed_currencies` …); `cause` groups records that one action would free;
    `waits` tells that nothing is wrong with the record itself: it waits for something or somebody.
    """

    def __init__(self, message: str, *, code: str, cause: str = "", waits: bool = False, field: str = "") -> None:
        super().__init__(message, code=code)
        self.cause = cause or code
        self.waits = waits
        self.field = field


class MissingDependency(RecordProblem):
    """A row that this one refers to is not coupled (yet)."""

    def __init__(self, message: str, *, target: str, key: str, field: str = "") -> None:
        super().__init__(message, code="not_coupled", cause=f"{target}:{key}", waits=True, field=field)
        self.target = target
        self.key = key


__all__ = ["IntegrationError", "MappingInvalid", "MissingDependency", "RecordProblem"]

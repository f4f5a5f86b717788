"""The root of the error tree, sorted by what the caller should do next.

    IntegrationError
      Retryable            try again later
        Throttled          the server asks for a pause of `retry_after` seconds; nothing was carried out
        ServerUnavailable  the server answered 5xx or could not be reached
        Timeout            no complete answer in time, or the connection was cut
        LockTaken          somebody else holds the record or the table for a moment
      Permanent            stop this job, tell a person
        ConfigurationError     an address, a service, a table or a setting is wrong
        AuthenticationError    the credential is refused
        PermissionMissing      the credential is right but may not do this (`privilege`)
        DeltaTokenExpired      the stored cursor is too old: begin again without one
      RecordRejected       count this record failed, go on with the next
        ValidationRejected     a value is refused
        NotFound               the record is not there (any more)
        VersionConflict        the record moved since it was read: read and plan again
        DuplicateRecord        a record with this key is there already

Clients turn statuses and bodies into these once; nobody above a client looks at a status code.
This module imports nothing of ours.
"""


class IntegrationError(Exception):
    """Something went wrong with a remote system.

    `message` is a full sentence for a person: what happened, why, what to do. `code` is the server's own error
    code, `request_id` the server's id of the request, `record_key` the record it concerns; each may be empty.
    """

    outcome_unknown: bool = False

    def __init__(self, message: str, *, code: str = "", request_id: str = "", record_key: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.request_id = request_id
        self.record_key = record_key

    def __str__(self) -> str:
        return self.message


class Retryable(IntegrationError):
    """The same request may work later; `retry_after` is how many seconds the server asks to wait, 0 where it does not say."""

    retry_after: float = 0.0


class Throttled(Retryable):
    """The server refused the request for now; it was not carried out. `retry_after` is in seconds."""

    def __init__(
        self, message: str, *, retry_after: float = 0.0, code: str = "", request_id: str = "", record_key: str = ""
    ) -> None:
        super().__init__(message, code=code, request_id=request_id, record_key=record_key)
        self.retry_after = retry_after


class _OutcomeMayBeUnknown(Retryable):
    """A failure after which the request may have been carried out all the same (`outcome_unknown`)."""

    def __init__(
        self, message: str, *, outcome_unknown: bool = False, code: str = "", request_id: str = "", record_key: str = ""
    ) -> None:
        super().__init__(message, code=code, request_id=request_id, record_key=record_key)
        self.outcome_unknown = outcome_unknown


class ServerUnavailable(_OutcomeMayBeUnknown):
    """The server answered with a failure of its own, or could not be reached at all."""


class Timeout(_OutcomeMayBeUnknown):
    """No complete answer came in time, or the connection was cut."""


class LockTaken(Retryable):
    """Somebody else holds the record or table; the request was not carried out."""


class Permanent(IntegrationError):
    """Repeating does not help; a person has to change something."""


class ConfigurationError(Permanent):
    """An address, a published service, a table, a column or a setting is wrong."""


class AuthenticationError(Permanent):
    """The credential is refused; `side` tells of which system, where a caller has noted it."""

    side: str = ""


class PermissionMissing(Permanent):
    """The credential lacks a right; `privilege` names it as the server does, or is empty."""

    def __init__(
        self, message: str, *, privilege: str = "", code: str = "", request_id: str = "", record_key: str = ""
    ) -> None:
        super().__init__(message, code=code, request_id=request_id, record_key=record_key)
        self.privilege = privilege


class DeltaTokenExpired(Permanent):
    """The stored cursor is too old; the caller begins again with a full read (cursor None)."""


class RecordRejected(IntegrationError):
    """The server refuses this one record."""


class ValidationRejected(RecordRejected):
    """A value of the record is refused."""


class NotFound(RecordRejected):
    """The record is not there (any more)."""


class VersionConflict(RecordRejected):
    """The record moved since it was read."""


class DuplicateRecord(RecordRejected):
    """A record with this id or business key is there already."""

"""Refusals: the answer is no, and nothing happened. Business failures are facts, not refusals."""


class Rejected(Exception):
    """A command was understood and refused, before any fact was built.

    ``message`` is the text a user reads; ``code`` is AWS Backup's catalogue number where it is
    known (``ERROR_2603``), else None; ``context`` holds the values the message was made of.
    """

    def __init__(
        self, message: str, *, code: str | None = None, context: tuple[str, ...] | None = None
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.context = context


class AlreadyExists(Rejected):
    """The thing exists already; ``arn`` and ``creator_request_id`` are the existing one's."""

    def __init__(
        self, message: str, *, arn: str | None = None, creator_request_id: str | None = None
    ) -> None:
        super().__init__(message)
        self.arn = arn
        self.creator_request_id = creator_request_id


class AccessDenied(Rejected):
    """The caller may not, or the vault is not there: AWS does not tell which."""


class Conflict(Rejected):
    """An earlier action on the same thing has not finished."""


class InvalidParameterValue(Rejected):
    """A value is wrong, out of range, or does not fit another value."""


class InvalidRequest(Rejected):
    """The request has the right shape and the state of things forbids it."""


class InvalidResourceState(Rejected):
    """The addressed recovery point or hold is busy with another action."""


class LimitExceeded(Rejected):
    """A quota would be exceeded."""


class MissingParameterValue(Rejected):
    """A required value is absent."""


class ResourceNotFound(Rejected):
    """The addressed thing does not exist."""

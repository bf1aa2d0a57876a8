"""What goes wrong in easel itself."""

from easel.errors.base import EaselError


class ServerError(EaselError):
    """A fault of ours; the message never carries details."""


class ConfigurationError(ServerError):
    """A setting is wrong; the message names it and not its value."""

    code = "invalid_configuration"
    falls_over = True


class StorageError(ServerError):
    """The bucket could not be read or written."""

    code = "storage_error"
    retryable = True


class TransformError(ServerError):
    """An image could not be brought to another size or format."""

    code = "transform_failed"
    retryable = True


class LedgerError(ServerError):
    """The ledger could not be reached; nothing was begun without it."""

    status = 503
    code = "ledger_error"
    retryable = True


class QueueError(ServerError):
    """The queue for work that is put off could not be reached; nothing was put off."""

    status = 503
    code = "queue_error"
    retryable = True


class OverloadedError(ServerError):
    """Other large requests take the memory that this one needs; nothing was begun."""

    status = 503
    code = "overloaded"
    retryable = True


class OutcomeUnknownError(ServerError):
    """The request was begun, and nobody knows what became of it: it may have been paid for."""

    code = "outcome_unknown"
    billed = True

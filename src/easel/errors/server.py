"""Errors of easel itself."""

from easel.errors.base import EaselError


class ServerError(EaselError):
    """easel failed; the message contains no internal details."""


class ConfigurationError(ServerError):
    """A setting is wrong; the message names the setting and never repeats its value."""

    code = "invalid_configuration"
    allows_fallback = True


class StorageError(ServerError):
    """The bucket could not be read or written."""

    code = "storage_error"
    retryable = True


class TransformError(ServerError):
    """An image could not be converted to another size or format."""

    code = "transform_failed"
    retryable = True


class LedgerError(ServerError):
    """The ledger could not be reached, so the request was not started."""

    status = 503
    code = "ledger_error"
    retryable = True


class QueueError(ServerError):
    """The queue of jobs could not be reached, so no job was created."""

    status = 503
    code = "queue_error"
    retryable = True


class OverloadedError(ServerError):
    """Other large requests take the memory that this one needs; nothing was begun."""

    status = 503
    code = "overloaded"
    retryable = True


class OutcomeUnknownError(ServerError):
    """The request was interrupted, and its outcome is unknown: it may have been billed."""

    code = "outcome_unknown"
    billed = True

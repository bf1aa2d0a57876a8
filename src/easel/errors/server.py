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

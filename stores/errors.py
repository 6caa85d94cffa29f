"""The error of every store when the storage below it fails."""

from storage.errors import StorageError

__all__ = ["StorageError"]

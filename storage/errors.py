"""The errors of the storage.

StorageError: the storage is damaged, full, busy or out of reach
└── VersionError: the file was written by another version of the app
"""


class StorageError(Exception):
    """The storage is damaged, full, busy or out of reach, as the message says. The call may or may not have happened.

    Every call of the ports above is safe to repeat after this.
    """


class VersionError(StorageError):
    """The file has tables that this version of the app neither reads nor can bring up to date."""

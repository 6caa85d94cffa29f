"""What every store raises when the storage below it fails."""


class StorageError(Exception):
    """The storage is damaged, full, busy or out of reach; the sentence names it. What was asked may not have happened.

    Every call of the two ports is safe to repeat after this.
    """

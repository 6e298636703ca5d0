"""What can go wrong with a store. Kept apart, so that a world in memory loads no database."""


class StoreError(Exception):
    """The store can't be opened, read or written; the text says what to do about it.

    After a failed write the world is ahead of its store: the process must end, and will find
    what was committed when it starts again.
    """

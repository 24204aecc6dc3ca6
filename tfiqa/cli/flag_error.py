"""The error of a flag that contradicts another one, or has a wrong value."""


class FlagError(ValueError):
    """A flag is at fault; `flag` is its name, without dashes."""

    def __init__(self, flag: str, message: str):
        super().__init__(message)
        self.flag = flag

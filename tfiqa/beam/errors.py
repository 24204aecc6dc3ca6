"""Errors of workers, which reach the command inside of longer texts."""


class WorkerError(RuntimeError):
    """An error that ends the pipeline; its text is one marked line."""

    mark = "tfiqa-error"

    def __init__(self, reason: str):
        super().__init__(f"<{self.mark}> {reason} </{self.mark}>")
        self.reason = reason

    def __reduce__(self):
        return type(self), (self.reason,)


class ModelError(WorkerError):
    """The model does not load on a worker."""

    mark = "tfiqa-model"


class WriteError(WorkerError):
    """A worker cannot write its output: for example, the disk is full."""

    mark = "tfiqa-output"


def found_in(error: BaseException) -> WorkerError | None:
    """Returns the error of a worker that an error of a runner is about, if any."""
    seen: BaseException | None = error
    while seen is not None:
        for kind in (ModelError, WriteError):
            # Beam repeats the text within its own, so the innermost is the reason.
            before, _, _ = str(seen).partition(f" </{kind.mark}>")
            _, mark, reason = before.rpartition(f"<{kind.mark}> ")
            if mark:
                return kind(reason)
        seen = seen.__cause__ or seen.__context__
    return None

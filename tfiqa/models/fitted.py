"""The base class of models that are fitted in one pass, without gradients."""

from tfiqa.models.functional import FunctionalModel


class Fitted(FunctionalModel):
    """Maps images to features that are not trained by gradients.

    A subclass has a method `fitted` that returns a scorer; `compile` and `fit` raise an
    error that names it.
    """

    def compile(self, *args, **kwargs):
        """Raises an error that names `fitted`."""
        raise self._untrainable("compile")

    def fit(self, *args, **kwargs):
        """Raises an error that names `fitted`."""
        raise self._untrainable("fit")

    def _untrainable(self, called: str) -> Exception:
        name = type(self).__name__
        return TypeError(
            f"{name} is fitted in one pass, without gradients: call "
            f"`{name}(...).fitted(...)`, which returns a scorer. Received: `{called}`"
        )

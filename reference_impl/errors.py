"""What can go wrong, by name: every failure of this package is an `EstimationError`."""


class EstimationError(ValueError):
    """The question asked of the data has no well-defined answer."""


class InputError(EstimationError):
    """An argument is not what the function takes: its shape, its type, or a value in it."""


class MissingValueError(InputError):
    """A value is missing, infinite or masked; nothing is dropped silently."""


class LabelError(InputError):
    """Group labels cannot be used: missing, or of kinds that have no common order."""


class TooFewGroupsError(EstimationError):
    """A variance between groups needs at least two groups."""


class TooFewObservationsError(EstimationError):
    """A variance within groups needs repeated observations."""


class ZeroVarianceError(EstimationError):
    """The data do not vary where the model needs them to."""


class RankDeficientError(EstimationError):
    """Columns of the design matrix are linearly dependent, so the coefficients are not identified."""


class NonConvergenceError(EstimationError):
    """The iteration did not settle on a maximum of the likelihood."""


class SeparationError(NonConvergenceError):
    """The maximum likelihood estimate is not finite: the likelihood grows for ever in some direction."""

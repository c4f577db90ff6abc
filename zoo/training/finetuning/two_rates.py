"""The optimizer of fine-tuning: one learning rate for the head, a smaller one for the trunk."""

from collections.abc import Sequence
from typing import Any

import keras


@keras.saving.register_keras_serializable(package="zoo")
class TwoRates(keras.optimizers.SGD):
    """SGD with Nesterov momentum in which all but the head's variables have ``rate`` times the learning rate.

    Args:
        learning_rate: Number or schedule, for the head.
        head: Paths of the head's variables.
        rate: Factor for all others, ≥ 0.
    """

    def __init__(
        self,
        learning_rate: Any,
        head: Sequence[str],
        rate: float,
        momentum: float = 0.9,
        nesterov: bool = True,
        **kwargs: Any,
    ) -> None:
        super().__init__(learning_rate, momentum=momentum, nesterov=nesterov, **kwargs)
        self.head, self.rate = list(head), float(rate)

    def build(self, variables: list) -> None:
        super().build(variables)
        self.factors = [1.0 if variable.path in self.head else self.rate for variable in variables]

    def update_step(self, gradient: Any, variable: Any, learning_rate: Any) -> Any:
        factor = self.factors[self._get_variable_index(variable)]
        return super().update_step(gradient, variable, learning_rate * factor)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "head": self.head, "rate": self.rate}

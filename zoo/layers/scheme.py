"""What every layer that steps through time is, and what others may ask it."""

import abc
import threading
from typing import Any, Self

import keras

from zoo.layers import field as _field
from zoo.layers.composite import Composite
from zoo.layers.halves import Halves
from zoo.layers.tensors import Shape, Tensor
from zoo.numerics import ButcherTableau, Coupling, Multistep, NeumannSeries

Method = ButcherTableau | Multistep | NeumannSeries | Coupling
"""What knows the order, the stability and the evaluations of a step."""


_BUILDING = threading.RLock()


class Scheme(Composite):
    """``u⁺ = Φ(u)``: a layer that takes one step or several of a numerical method for u' = f(u).

    Abstract: a final class is one method. Nobody outside asks which class a scheme is of; its attributes and
    methods say what it can. Configuration, building and the shape of the output are the same for all and written here.

    Attributes:
        steps: Steps that a call takes; of an ``ODE`` layer in each interval, ``None`` where they adapt.
        columns: How many columns the layer has that are networks of their own; 0 for all but ``Fractal``.
        looped: Whether the evaluations of a call are the turns of a loop in TensorFlow's graph, where the operations
            of the field stand once.
    """

    steps: int | None = 1
    columns: int = 0
    looped: bool = False
    built: bool

    @property
    @abc.abstractmethod
    def fields(self) -> list[keras.layers.Layer]:
        """The field layers in the order in which the steps use them. One that all steps share stands once; in a layer
        with a field for each place, one that is given for several stands at each of them."""

    @property
    @abc.abstractmethod
    def method(self) -> Method | None:
        """Order, stability and evaluations of a step; ``None`` if the layer as it is configured is no integrator."""

    @property
    def evaluations(self) -> int | None:
        """Evaluations of fields in a call; ``None`` where they depend on the state."""
        return len(self.fields) * (self.steps or 1)

    def count(self, u: Tensor) -> int:
        """Evaluations of fields in a call on the state u, ``(batch, …)``."""
        if self.evaluations is None:
            raise NotImplementedError(f"{type(self).__name__} has no fixed number of evaluations and must count them.")
        return self.evaluations

    def counted(self, u: Tensor) -> tuple[Tensor, Tensor]:
        """``(u⁺, evaluations)``: a call on the state u, and the evaluations of fields that each sample's own steps
        took, ``(batch,)`` int32, in one pass."""
        return self(u), keras.ops.full(keras.ops.shape(u)[:1], self.count(u), "int32")

    def alone(self) -> "Scheme":
        """A layer with the same fields whose answer for a sample does not depend on the others of its batch: this one,
        if that is so."""
        return self

    @property
    def coefficients(self) -> dict[str, Any]:
        """The coefficients of the method that differ from layer to layer, trained or fixed, such as ``{"k": …}``: each
        a number or a tensor."""
        return {}

    @abc.abstractmethod
    def halved(self, silent: bool = False) -> Halves:
        """The layers that do what this one does in twice as many steps of half the size, with copies of its fields.

        Args:
            silent: Asks for one step more before them whose field is new and zero, so that the function is the same:
                the second half of a change of width, which has no copy. A method whose step without a field is not
                the identity leaves it out.

        Raises ``ValueError``, which says why, if there are none.
        """

    def rediscretized(
        self, solver: str = "dopri5", steps: int | None = None, rtol: float = 1e-3, atol: float = 1e-3
    ) -> "Scheme":
        """The same interval and a field of the same configuration under another method.

        Args:
            solver: Name of a tableau (``zoo.numerics.TABLEAUS``).
            steps: Equal steps. Defaults to ``None``, adaptive steps.
            rtol, atol: Tolerances of an adaptive step. Default ``1e-3``.

        Raises ``ValueError`` if the steps share no field.
        """
        raise ValueError(
            "Another method can integrate a field that all steps of a stage share; the field differs from step to step "
            f"in the layer {self.name} ({type(self).__name__}). Expected: stages that are ODE, RungeKutta, or "
            "ForwardEuler layers of several steps, as in zoo.applications.ODENetCIFAR()."
        )

    def two_step(self) -> "Scheme | None":
        """The two-step layer with a trained k = 0 that takes the same step from ``[u, u_previous]`` with the same
        field; ``None`` if there is none."""
        return None

    def column(self, number: int) -> keras.Sequential:
        """Column ``number`` as a network of its own; raises ``ValueError`` if there is none."""
        raise ValueError(f"{self.name} has no columns. Expected: a Fractal layer. Received: number={number}.")

    @classmethod
    @abc.abstractmethod
    def examples(cls) -> dict[str, Self]:
        """Layers around a trivial field by the kind of method that they are, for the dictionary of schemes.

        The empty kind is the layer in general; it has the networks where there are several kinds."""

    def parts(self) -> dict[str, keras.layers.Layer]:
        """The field."""
        (f,) = self.fields
        return {"field": f}

    def field_shape(self, shape: Shape) -> Shape:
        """The shape of what the fields see of a state of that shape, batch axis included."""
        return shape

    def build(self, input_shape: Shape) -> None:
        """Build the fields for a state of that shape; of several threads that call the layer first, one builds."""
        with _BUILDING:
            if not self.built:
                for f in dict.fromkeys(self.fields):
                    _field.build(f, self.field_shape(input_shape), self.name)
                self.built = True

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """The shape of the state, which a step keeps."""
        return input_shape

    def __dir__(self) -> list[str]:
        # Keras's weight files name a layer by the first attribute, in the order of the alphabet, that has it: let that
        # be the one that holds it, not a property that collects it.
        names = super().__dir__()
        return [name for name in names if name != "fields" or name in vars(self)]


def trivial() -> keras.layers.Layer:
    """A field for ``examples``: f(u) = u."""
    return keras.layers.Identity(name="field")

"""A flow as a Keras model: a density, a sampler, and two ways to train them."""

import contextlib
import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple, Self, final

import keras
import numpy as np
from keras import ops

from zoo import _check
from zoo.flows import _checks, _measuring, _objectives, _stack
from zoo.flows.cnf import CNF, Moved
from zoo.flows.gaussian import Gaussian
from zoo.layers import composite
from zoo.layers.tensors import Shape, Tensor


class Samples(NamedTuple):
    """Points, ``(n, …)`` float32, and the evaluations of the field that each took, those of guidance counted twice."""

    values: np.ndarray
    nfe: int


class LogProb(NamedTuple):
    """log p in nats, ``(n,)``, and its errors: ``solver`` that of the discretisation, ``trace`` the standard error of
    Hutchinson's estimate, 0 with the exact trace. Two ``trace`` and one ``solver`` are a bar."""

    values: np.ndarray
    solver: np.ndarray
    trace: np.ndarray


@final
@keras.saving.register_keras_serializable(package="zoo")
class FlowModel(keras.Model):
    """``x = T(z)``, ``z ~ base``: ``log p(x) = log p(z) + log |det ∂z/∂x|``, T a stack of bijections such as ``CNF``.

    Called on points, or on ``[points, conditions]``, it gives log p in nats, ``(batch,)``. One network has two
    trainings: by likelihood, and by flow matching, in which no equation is solved; the weights have the same meaning
    and the same files.

    Source: Grathwohl et al. (2018, arXiv:1810.01367); flow matching: Lipman et al. (2022, arXiv:2210.02747), equation
    23 with σ = 0; ``coupling="optimal_transport"``: Tong et al. (2023, arXiv:2302.00482), §3.2; guidance: Ho and
    Salimans (2022, arXiv:2207.12598).

    Args:
        transforms: The bijections from the base to the data: layers with ``forward`` and ``inverse``.
        event_shape: The shape of a point, without the batch axis.
        base: Defaults to ``None``: the standard normal distribution, a ``Gaussian`` of the shape that the transforms
            give, which is ``event_shape`` unless one of them changes it.
        classes: How many classes the condition is one of, an integer for each point; number ``classes`` means none.
        condition_shape: The shape of a condition that is a vector or more. Not beside ``classes``.

    Raises:
        ValueError: There is no transform, a shape does not fit, or both kinds of condition are given.
        TypeError: A transform has no ``forward`` and ``inverse``.

    Example:

    >>> import zoo.flows
    >>> flow = zoo.flows.FlowModel([zoo.flows.CNF(zoo.flows.TimeMLP())], event_shape=(2,))
    >>> flow.compile("flow_matching", optimizer="adam")
    >>> history = flow.fit(np.random.default_rng(0).normal(size=(256, 2)), verbose=0)
    >>> flow.sample(3, seed=0).values.shape, flow.log_prob(np.zeros((3, 2))).shape
    ((3, 2), (3,))
    """

    def __init__(
        self,
        transforms: Sequence[keras.layers.Layer],
        event_shape: tuple[int, ...],
        base: Gaussian | None = None,
        classes: int | None = None,
        condition_shape: tuple[int, ...] | None = None,
        origin: dict[str, Any] | None = None,
        **kwargs: Any,
    ):
        super().__init__(**kwargs)
        self.transforms = _checks.transforms(transforms, "FlowModel")
        self.event_shape = Gaussian(event_shape).event_shape
        self.base = Gaussian(self._reduced()) if base is None else base
        self.classes = None if classes is None else _check.integer(classes, "classes")
        self.condition_shape = None if condition_shape is None else Gaussian(condition_shape).event_shape
        if self.classes is not None and self.condition_shape is not None:
            raise ValueError("A condition is a class or has a shape. Expected: classes= or condition_shape=, not both.")
        self.origin = dict(origin or {})
        self.objective: _objectives.Likelihood | _objectives.Matching = _objectives.Likelihood()
        self.seed_generator = keras.random.SeedGenerator()
        self.trackers = {name: keras.metrics.Mean(name=name) for name in _objectives.METRICS}
        self._scoring = False
        self.build()

    def parts(self) -> dict[str, keras.layers.Layer]:
        """The transforms by the names of their places."""
        return composite.numbered(list(self.transforms), "transform")

    def build(self, input_shape: Shape | None = None) -> None:
        """Build every transform, from the data to the base; ``input_shape`` says nothing new."""
        given: tuple[Any, ...] | None = self.condition_shape and (None, *self.condition_shape)
        given = (None,) if self.classes is not None else given
        shape = _stack.build(self.transforms, (None, *self.event_shape), given)
        if tuple(self.base.event_shape) != shape[1:]:
            raise ValueError(
                f"The base distribution must have the shape that the transforms give. Expected: {shape[1:]}. "
                f"Received: a base of event shape {tuple(self.base.event_shape)}."
            )
        self.built = True

    @property
    def flows(self) -> list[CNF]:
        """The transforms that solve an equation, also those inside others, from the base to the data."""
        return list(_stack.flows(self.transforms))

    def states(self) -> list[tuple[CNF, Shape]]:
        """Each of ``flows`` with the shape of its state, the batch axis left out."""
        found = _stack.places(self.transforms, (None, *self.event_shape))
        return [(cnf, tuple(shape[1:])) for cnf, shape in reversed(list(found))]

    def probes(self, probe: Tensor) -> dict[int, Tensor]:
        """The noise of each of ``flows``, by the identity of the layer, out of one of the shape of points: as many of
        its entries, in order, as the state has there."""
        flat = ops.reshape(probe, (-1, math.prod(self.event_shape)))
        shapes = {id(cnf): shape for cnf, shape in self.states()}
        return {key: ops.reshape(flat[:, : math.prod(shape)], (-1, *shape)) for key, shape in shapes.items()}

    def _reduced(self):
        """The shape that the transforms make of a point."""
        shape = (None, *self.event_shape)
        for transform in reversed(self.transforms):
            shape = tuple(transform.compute_output_shape(shape)[0])
        return shape[1:]

    def call(self, inputs: Tensor, training: bool = False) -> Tensor:
        x, condition = inputs if isinstance(inputs, (list, tuple)) else (inputs, None)
        if self._scoring:
            return self.objective.losses(self, x, condition, bool(training))
        return self.log_density(x, condition, training=bool(training))

    def log_density(self, x: Tensor, condition: Tensor | None = None, training: bool = False, **how: Any) -> Tensor:
        """log p of tensors, ``(batch,)``; ``**how`` goes to ``CNF.inverse``."""
        given = self.conditioned(x, condition)
        z, change, _ = self.carried("inverse", x, given, training, lambda cnf: how)
        return self.base.log_prob(z) + change

    def carried(
        self,
        way: str,
        u: Tensor,
        condition: Tensor | None = None,
        training: bool = False,
        how: Callable[[CNF], dict[str, Any]] | None = None,
    ) -> Moved:
        """Where the whole stack carries tensors.

        Args:
            way: ``"forward"``, from the base to the data, or ``"inverse"``.
            u: ``(batch, …)``.
            condition: What the fields are told, as ``conditioned`` gives it.
            training: Whether the transforms are called in training.
            how: A function of a ``CNF`` that gives options of its ``forward``. Defaults to ``None``: its own.
        """
        return _stack.through(self.transforms, way, u, condition, training, how)

    def conditioned(self, x: Tensor, condition: Tensor | None) -> Tensor | None:
        """The condition as the field takes it: where there are classes and none is given, that of no class."""
        if condition is None and self.condition_shape is not None:
            raise ValueError(f"{self.name} needs a condition of shape {self.condition_shape}. Received: None.")
        if self.classes is None:
            return condition
        if condition is None:
            return ops.full((ops.shape(x)[0],), self.classes, dtype="int32")
        return ops.cast(condition, "int32")

    def log_prob(
        self,
        x: Any,
        condition: Any = None,
        error: bool = False,
        draws: int = 8,
        seed: int | None = None,
        trace: str | None = None,
        solver: str | None = None,
        rtol: float | None = None,
        atol: float | None = None,
        steps: int | None = None,
        batch_size: int = 1000,
        probe: Any = None,
    ) -> Any:
        """log p of arrays, in batches.

        Args:
            x: Points, ``(n, …)``.
            condition: A class or condition for each, or one for all. Defaults to ``None``.
            error: Whether the errors are estimated too, by a second discretisation and, with Hutchinson's
                trace, by independent noises. Defaults to ``False``.
            draws: How many independent noises are averaged, at least 8 where ``error``; they need Hutchinson's trace.
            seed: The seed of the noises. Defaults to ``None``: other noises each time.
            trace, solver, rtol, atol, steps: Take the place of the flow's own; see ``CNF``.
            batch_size: Points in memory at once. Defaults to ``1000``.
            probe: The noise of Hutchinson's trace itself, ``(n, …)``, which is that of all flows of the stack (see
                ``probes``); then ``seed`` is of no use. Not beside ``error``, which needs several.

        Returns:
            log p in nats, ``(n,)`` float32; with ``error`` a ``LogProb``. NaN where a solve failed.

        Raises:
            ValueError: Points that are not finite or of another shape, a class that does not exist, ``draws`` below 8
                with ``error``, or a probe of another shape or beside ``error``.
        """
        how = _measuring.How(trace, solver, rtol, atol, steps)
        return _measuring.log_prob(self, x, condition, error, draws, seed, how, batch_size, probe)

    def sample(
        self,
        n: int,
        seed: int | None = None,
        condition: Any = None,
        guidance: float | tuple[float, float, float] = 1.0,
        noise: Any = None,
        solver: str | None = None,
        rtol: float | None = None,
        atol: float | None = None,
        steps: int | None = None,
        batch_size: int = 1000,
    ) -> Samples:
        """Points of the distribution.

        Args:
            n: How many.
            seed: The seed of the base's points. Defaults to ``None``: others each time.
            condition: A class or condition for each, or one for all. Defaults to ``None``: no class.
            guidance: w of the velocity ``v_null + w (v_class − v_null)``, for flows with classes; or a ``Guidance``,
                which says between which times, too. Defaults to ``1.0``: none.
            noise: The base's points themselves, ``(n, …)``; then ``seed`` is of no use.
            solver, rtol, atol, steps: Take the place of the flow's own; see ``CNF``.
            batch_size: Points in memory at once. Defaults to ``1000``.

        Raises:
            ValueError: A class that does not exist, noise of another shape, guidance without a class.
        """
        how = _measuring.How(None, solver, rtol, atol, steps)
        values, nfe = _measuring.sample(self, n, seed, condition, guidance, noise, how, batch_size)
        return Samples(values, nfe)

    def transport(
        self,
        times: Sequence[float],
        n: int = 1000,
        seed: int | None = None,
        condition: Any = None,
        guidance: float | tuple[float, float, float] = 1.0,
        noise: Any = None,
        solver: str | None = None,
        rtol: float | None = None,
        atol: float | None = None,
        steps: int | None = None,
        batch_size: int = 1000,
    ) -> Samples:
        """The states at times on the way from the base to the data, ``(times, n, …)``.

        Args:
            times: Ascending, from t0 of the flow on, which may be the first.
            n, seed, condition, guidance, noise, solver, rtol, atol, steps, batch_size: See ``sample``; ``steps`` are
                between two times.

        Raises ``ValueError`` as ``sample``, for times that do not ascend, and unless there is exactly one ``CNF``.
        """
        how = _measuring.How(None, solver, rtol, atol, steps)
        values, nfe = _measuring.sample(self, n, seed, condition, guidance, noise, how, batch_size, list(times))
        return Samples(values, nfe)

    def as_bijector(self, condition: Any = None) -> Any:
        """A ``tfp.bijectors.Bijector`` from the base to the data, with the flow's own trace, solver and weights.

        Args:
            condition: The class or condition of all points. Defaults to ``None``: none.

        Raises ``ValueError`` for a condition that does not fit, ``ImportError`` without TensorFlow.
        """
        with _check.tensorflow_for("FlowModel.as_bijector"):
            from zoo.flows import _tfp

        return _tfp.bijector(self, condition)

    def as_distribution(self, condition: Any = None) -> Any:
        """A ``tfp.distributions.TransformedDistribution``: ``as_bijector`` of the base.

        Args:
            condition: The class or condition of all points. Defaults to ``None``: none.

        Raises ``ValueError`` for a condition that does not fit, ``ImportError`` without TensorFlow.
        """
        with _check.tensorflow_for("FlowModel.as_distribution"):
            from zoo.flows import _tfp

        return _tfp.distribution(self, condition)

    def compile(
        self,
        objective: str = "likelihood",
        coupling: str = "independent",
        drop_condition: float = 0.1,
        optimizer: Any = "adam",
        jit_compile: bool | str = False,
        **kwargs: Any,
    ) -> None:
        """Choose the training of ``fit(x)`` or ``fit([x, condition])``.

        Args:
            objective: ``"likelihood"``: −log p, metric ``nll`` in nats. ``"flow_matching"``: the mean of
                ‖v(t, x_t) − (x − z)‖² over t ~ U(0, 1), z ~ base and x_t = (1 − t) z + t x, metric ``matching``.
            coupling: Which z belongs to which x in flow matching: ``"independent"``, or ``"optimal_transport"``, the
                assignment of least squares within the batch, and within each class.
            drop_condition: The share of classes that are replaced by none in training. Defaults to ``0.1``.
            optimizer, jit_compile, **kwargs: See ``keras.Model.compile``. ``jit_compile`` defaults to ``False``.

        Raises:
            ValueError: A name is unknown, or flow matching with several flows.
        """
        self.objective = _objectives.make(objective, coupling, _check.share(drop_condition, "drop_condition"), self)
        super().compile(optimizer=optimizer, jit_compile=jit_compile, **kwargs)

    def fit(self, x: Any = None, y: None = None, **kwargs: Any) -> keras.callbacks.History:
        """``keras.Model.fit`` on points or ``[points, conditions]``; arrays are checked first."""
        if y is not None:
            raise ValueError("A flow is trained on points alone. Expected: fit(x) or fit([x, condition]). Received: y.")
        return super().fit(_checks.data(self, x), **kwargs)

    def train_step(self, *args: Any, **kwargs: Any) -> Any:
        """A step of Keras's trainer on the objective."""
        with self._as_objective():
            return super().train_step(*args, **kwargs)

    def test_step(self, *args: Any, **kwargs: Any) -> Any:
        """A step of Keras's evaluation on the objective."""
        with self._as_objective():
            return super().test_step(*args, **kwargs)

    @contextlib.contextmanager
    def _as_objective(self) -> Iterator[None]:
        """In here a call gives each point's loss."""
        self._scoring = True
        try:
            yield
        finally:
            self._scoring = False

    def compute_loss(
        self, x: Any = None, y: Any = None, y_pred: Any = None, sample_weight: Any = None, training: bool = True
    ) -> Tensor:
        """The mean of the points' losses, and what the layers add."""
        self.trackers[self.objective.metric].update_state(y_pred, sample_weight)
        weighted = y_pred if sample_weight is None else y_pred * ops.cast(sample_weight, y_pred.dtype)
        return ops.mean(weighted) + (sum(self.losses) if self.losses else 0.0)

    @property
    def metrics(self) -> list[keras.metrics.Metric]:
        unused = [each for name, each in self.trackers.items() if name != self.objective.metric]
        counted = [] if self.objective.solves else [each for flow in self.flows for each in flow.figures.values()]
        left_out = {id(each) for each in [*unused, *counted]}
        return [each for each in super().metrics if id(each) not in left_out]

    def get_compile_config(self) -> dict[str, Any] | None:
        """The arguments of ``compile``; ``None`` of a flow that is not compiled."""
        if not self.compiled:
            return None
        optimizer = keras.saving.serialize_keras_object(self.optimizer)
        return {**self.objective.config(), "optimizer": optimizer, "begun": bool(self.optimizer.built)}

    def compile_from_config(self, config: dict[str, Any]) -> None:
        """Compile by what ``get_compile_config`` said."""
        arguments = {name: value for name, value in config.items() if name != "begun"}
        self.compile(**{**arguments, "optimizer": keras.saving.deserialize_keras_object(config["optimizer"])})
        if config["begun"]:
            self.optimizer.build(self.trainable_variables)

    def get_config(self) -> dict[str, Any]:
        names = ("transforms", "event_shape", "classes", "condition_shape", "origin")
        described = composite.described({name: getattr(self, name) for name in names})
        return {**described, "base": keras.saving.serialize_keras_object(self.base), "name": self.name}

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: dict[str, Any] | None = None) -> Self:
        config = composite.restored(config)
        for name in ("event_shape", "condition_shape"):
            config[name] = config[name] and tuple(config[name])
        return cls(**{**config, "base": keras.saving.deserialize_keras_object(config["base"])})

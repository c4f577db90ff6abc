"""What a training recipe says: of a classifier, and of a flow of pictures."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class Recipe:
    """How a network is trained: SGD with Nesterov momentum on cross-entropy plus L2.

    The loss is ``mean cross-entropy + (l2 / 2) Σ ‖kernel‖²`` over convolution and dense kernels, inside
    the loss as in the papers (Keras's ``weight_decay`` would be decoupled from the momentum).

    Attributes:
        name: NAME of what is trained, ``<variant>-<tag>``.
        application: Name of the function in ``zoo.applications``.
        kwargs: Its keyword arguments.
        dataset: Name for ``zoo.data.datasets.load``.
        epochs: Passes over the training images.
        batch_size: Images in an update.
        learning_rate: Largest rate of the schedule.
        schedule: How the rate moves; a name in ``zoo.training.schedule.SCHEDULES``: ``"one_cycle"`` rises and falls
            once, ``"steps"`` divides by 10 at the shares ``drops`` of the run.
        warmup: Share of the updates in which the rate of ``"one_cycle"`` rises.
        drops: Shares of the run after which the rate of ``"steps"`` is divided by 10.
        momentum: Of SGD.
        l2: Coefficient of the penalty above.
        l2_names: Names of the variables that the penalty covers: ``("kernel", "k")`` adds the coefficients of linear
            multistep methods. A name that the network does not have is an error.
        augment: Random 4-pixel crop, and a random flip if ``flip``.
        crop_area: Smallest and largest share of a picture that a random crop keeps (``zoo.data.inception``) instead of
            the 4-pixel crop, of data sets that do not fit into memory. Defaults to ``None``: those in memory.
        size: Pixels of a side at which such a data set is trained. Defaults to ``0``: that of the data set.
        flip: Whether augmentation mirrors: not where that makes another class, such as of digits.
        label_smoothing: ε of Szegedy et al. (2016, arXiv:1512.00567, §7): targets (1 − ε) one-hot + ε/classes.
        clip_norm: Largest global norm of the gradient; 0 does not clip.
        ema: Decay of an exponential average of the weights, which is then what is released; 0 keeps none.
        mixed_precision: Name of Keras's dtype policy, such as ``"mixed_bfloat16"``.
        steps_per_execution: Updates in one call of the compiled function.
        refines: NAME of a released network that is refined (``zoo.analysis.refine``) for the initial weights: the next
            level of the multi-level schedule of Chang et al. (2018, arXiv:1710.10348). Empty starts at random.
        trained_as: Keywords of the application that hold in training instead of ``kwargs`` and change nothing in the
            weights, such as a cheaper solver; what is released and measured has those of ``kwargs``. Defaults to
            ``None``, no others.
        validation: How many training images are held out, balanced over the classes and the same for every seed (see
            ``zoo.data.datasets.Dataset.held_out``): they are not trained on, and what comes out is measured on them,
            so that choices need no test set. 0 trains on all images.
        seed: Of the initial weights, the order of the images and their augmentation.
    """

    name: str
    application: str
    kwargs: dict
    dataset: str
    epochs: int = 30
    batch_size: int = 128
    learning_rate: float = 0.2
    schedule: str = "one_cycle"
    warmup: float = 0.2
    drops: tuple[float, ...] = (0.5, 0.75)
    momentum: float = 0.9
    l2: float = 5e-4
    l2_names: tuple[str, ...] = ("kernel",)
    augment: bool = True
    crop_area: tuple[float, float] | None = None
    size: int = 0
    flip: bool = True
    label_smoothing: float = 0.0
    clip_norm: float = 0.0
    ema: float = 0.0
    mixed_precision: str = "float32"
    steps_per_execution: int = 1
    refines: str = ""
    trained_as: dict | None = None
    validation: int = 0
    seed: int = 0


@dataclasses.dataclass(frozen=True)
class MatchingRecipe:
    """How the field of a flow of pictures is trained: Adam on the squared distance to the velocity of straight lines.

    Attributes:
        name: NAME of what is trained, ``<variant>-<tag>``.
        application: Name of the function in ``zoo.applications``.
        kwargs: Its keyword arguments.
        dataset: Name for ``zoo.data.datasets.load``.
        epochs: Passes over the training pictures.
        cycle: Passes in the whole cycle of the rate, at least ``epochs``: a run may end before the rate is 0.
        batch_size: Pictures in an update.
        learning_rate: Largest rate of the one cycle (see ``zoo.training.schedule.OneCycle``).
        warmup: Share of the updates in which the rate rises.
        clip_norm: Largest global norm of the gradient.
        ema: Decay of an exponential average of the weights, which is what is released.
        mixed_precision: Name of Keras's dtype policy for the field, such as ``"mixed_bfloat16"``; the equation is
            solved in float32, and what is released is float32.
        drop_condition: Share of the pictures whose class is not told, for guidance without a classifier.
        solver, steps, guidance: How the samples are made whose quality is released (``zoo.flows.FlowModel.sample``);
            of the guidance its weight or ``(weight, start, stop)``, see ``zoo.flows.Guidance``.
        samples: How many of each class.
        teacher: NAME of the released flow whose own pairs of noise and picture are learnt in the place of the data set
            (see ``zoo.training.rectifying``), from its weights on; made as its recipe makes samples. Empty: none.
        pairs: How many.
        seed: Of the initial weights, the order of the pictures and everything that is drawn.
    """

    name: str
    application: str
    kwargs: dict
    dataset: str
    epochs: int = 15
    cycle: int = 15
    batch_size: int = 64
    learning_rate: float = 1e-3
    warmup: float = 0.05
    clip_norm: float = 1.0
    ema: float = 0.999
    mixed_precision: str = "float32"
    drop_condition: float = 0.1
    solver: str = "midpoint"
    steps: int = 8
    guidance: float | tuple[float, float, float] = 1.5
    samples: int = 1000
    teacher: str = ""
    pairs: int = 0
    seed: int = 0

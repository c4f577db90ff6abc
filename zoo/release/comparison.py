"""The comparison of the released CIFAR-10 networks with each other and with the figures of their papers."""

from zoo import applications
from zoo.analysis import fractal_columns, macs
from zoo.applications import registered
from zoo.training import recipes
from zoo.weights import trained

PUBLISHED = {
    "resnet20": "91.25 % (He et al. 2016, Table 6: shortcuts without weights, 164 epochs)",
    "lm_resnet20": "91.67 % (Lu et al. 2018, 160 epochs; unverified)",
    "momentum_resnet20": "— (Sander et al. 2021 train a larger one)",
    "polynet20": "— (no PolyNet for CIFAR is published)",
    "revnet38": "92.76 % (Gomez et al. 2017, 160 epochs; unverified)",
    "hamiltonian_net74": "92.76 % (Chang et al. 2018; unverified)",
    "thin_fractalnet20": "— (Larsson et al. 2017 train the thin nets on CIFAR-100 only)",
    "odenet_cifar": "— (Dupont et al. 2019: 53.7 ± 0.2 % without stem and stages, 172,358 parameters)",
}
"""What the paper of a network prints for CIFAR-10 with flips and crops, by variant. Unverified: the paper's table was
not at hand."""


def table() -> str:
    """A row for each released recipe on CIFAR-10, as Markdown; a fractal net has one for each column, too."""
    lines = [
        "| network | one block is a step of | parameters | MACs | epochs | seeds | top-1 here | in its paper |",
        "|---|---|--:|--:|--:|--:|--:|---|",
    ]
    for checkpoint in trained():
        if checkpoint.headline and checkpoint.dataset == "cifar10":
            lines += _rows(checkpoint)
    return "\n".join(lines)


def _rows(checkpoint):
    model = applications.load(checkpoint.name)
    scheme = registered()[checkpoint.application].describe(**checkpoint.keywords).scheme.__name__
    made = checkpoint.provenance
    recipe = recipes.get(made.recipe)
    epochs = f"{made.epochs}{', bfloat16' if recipe.mixed_precision == 'mixed_bfloat16' else ''}"
    parts = {"top-1": (model.name, model, PUBLISHED.get(checkpoint.variant, "—"))}
    for number in fractal_columns.columns(model):
        alone = fractal_columns.column(model, number)
        parts[f"top-1 of column {number}"] = (f"{model.name}, column {number} alone", alone, "—")
    for metric in checkpoint.metrics:
        if metric.name in parts:
            name, part, published = parts[metric.name]
            parameters = sum(variable.value.shape.num_elements() for variable in part.trainable_variables)
            spread = f"{metric.value:.2f} %" if metric.sd is None else f"{metric.mean:.2f} ± {metric.sd:.2f} %"
            yield (
                f"| {name} | `{scheme}` | {parameters:,} | {macs(part) / 1e6:.1f} M | {epochs} "
                f"| {metric.n} | {spread} | {published} |"
            )

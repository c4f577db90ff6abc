"""Make a released file and its manifest row from a finished run; everything in the row is computed."""

import dataclasses
import json
import pathlib
import shutil
import subprocess

import zoo
from zoo import evaluate, reproduce
from zoo.training import data
from zoo.training.recipes import Recipe
from zoo.weights import Checkpoint, Digest, Metric, sha256


def release(final, recipe: Recipe, repository) -> Checkpoint:
    """Put the weight file of a run into ``weights/`` and its row into the manifest of a checkout.

    The network is rebuilt, uncompiled, from the recipe's row; the file is loaded into it, evaluated on the
    whole test set, saved again without optimizer state and named after its checksum. A row of the
    same NAME is replaced, its file deleted.

    Args:
        final: The ``.weights.h5`` file of the last epoch (see ``zoo.training.run``).
        recipe: The recipe that made it.
        repository: Folder of the checkout, with ``weights/`` and ``zoo/weights/manifest.json``.

    Returns:
        The new row.
    """
    repository = pathlib.Path(repository)
    dataset = data.load(recipe.dataset)
    model = reproduce.network(recipe, dataset)
    model.load_weights(final)
    score = evaluate.top1(model, dataset.x_test, dataset.y_test)
    plain = pathlib.Path(final).with_name("release.weights.h5")
    model.save_weights(plain)
    digest = sha256(plain)
    row = Checkpoint(
        name=recipe.name,
        application=recipe.application,
        kwargs=recipe.kwargs,
        file=f"{recipe.name}-{digest[:8]}.weights.h5",
        urls=(),
        digest=Digest("sha256", digest),
        bytes=plain.stat().st_size,
        parameters=sum(variable.value.shape.num_elements() for variable in model.trainable_variables),
        macs=zoo.applications.macs(model),
        dataset=recipe.dataset,
        input_shape=dataset.x_test.shape[1:],
        input_range=(0.0, 255.0),
        classes=dataset.classes,
        metrics=(Metric("top-1", score.percent, "%", score.percent, None, 1),),
        epochs=recipe.epochs,
        seed=recipe.seed,
        recipe=recipe.name,
        commit=_commit(repository),
        licence="Apache-2.0",
        probe=tuple(_probe(model)),
    )
    _replace(row, repository, plain)
    return row


def _probe(model):
    picture = zoo.applications.probe_picture(model.input_shape[1:])
    return (float(f"{value:.7g}") for value in zoo.applications.logits(model, picture)[0])


def _commit(repository):
    command = ["git", "-C", str(repository), "rev-parse", "--short=12", "HEAD"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def _replace(row, repository, file):
    path = repository / "zoo" / "weights" / "manifest.json"
    rows = [Checkpoint.from_row(old) for old in json.loads(path.read_text("utf-8"))]
    for old in rows:
        if old.name == row.name and old.file != row.file:
            (repository / "weights" / old.file).unlink(missing_ok=True)
    names = [old.name for old in rows]
    if row.name in names:
        rows[names.index(row.name)] = row
    else:
        rows.append(row)
    shutil.copyfile(file, repository / "weights" / row.file)
    path.write_text(json.dumps([dataclasses.asdict(each) for each in rows], indent=1) + "\n", "utf-8")

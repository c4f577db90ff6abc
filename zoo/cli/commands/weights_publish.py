"""``zoo weights publish`` and ``zoo weights convert``: how weights leave, and how they come in."""

import pathlib
from typing import Annotated

import typer

from zoo.cli import quiet, terminal
from zoo.cli.command import command
from zoo.weights import available, formats, locations, publishing


@command("weights publish")
def publish_weights(
    things: Annotated[list[str], typer.Argument(metavar="NAME|PRESET...", help="Releases, and presets.")],
    to: Annotated[
        str, typer.Option(help="A folder, which a web server can serve as it is; s3://bucket/folder; hf://user/repo.")
    ],
) -> None:
    """Publish released files and presets, with cards and SHA256SUMS: in a folder, in a bucket, on the Hugging Face Hub.

    The address at which a folder or bucket is served is a mirror of the released files in it (ZOO_WEIGHTS_URL), and
    <address>/<preset> is a MODEL. On the hub a repository holds one model, and hf://user/repo is a MODEL. Exit code 1
    if a file is left out because no copy of it is to be had.

    Example: zoo weights publish lm_resnet20-cifar10 flowers-model --to public
    """
    if to.startswith("hf://"):
        if len(things) != 1:
            raise ValueError(f"A repository of the hub holds one model. Received {len(things)}: {', '.join(things)}.")
        print(publishing.publish_to_hub(things[0], to))
        return
    if to.startswith("s3://"):
        left_out = publishing.publish_to_bucket(things, to)
        print(to)
    else:
        left_out = publishing.publish(things, to)
        for path in sorted(pathlib.Path(to).expanduser().rglob("*")):
            if path.is_file():
                print(path)
    for reason in left_out.values():
        terminal.messages.print(f"left out: {reason}", highlight=False, soft_wrap=True, markup=False)
    if left_out:
        raise typer.Exit(1)


@command("weights convert")
def convert_weights(
    file: Annotated[str, typer.Argument(metavar="FILE", help="Weights: " + ", ".join(locations.SUFFIXES) + ".")],
    to: Annotated[
        str,
        typer.Option(metavar="NAME", help="The network that they are of: a release, or a variant (zoo list --all)."),
    ],
    out: Annotated[str, typer.Option(help="Folder to write: a preset, which every command takes as MODEL.")],
) -> None:
    """Put a weight file into the network that it is of, and write a preset.

    The keys of .safetensors and .npz files are those of Zoo (zoo.weights.keys); the files of Keras are put in by the
    order of the layers. A pickle is refused.

    Example: zoo weights convert mine.weights.h5 --to lm_resnet20-cifar10 --out mine
    """
    path = pathlib.Path(file).expanduser()
    if not path.is_file():
        raise FileNotFoundError(f"There is no file at {file}. Expected weights: {', '.join(locations.SUFFIXES)}.")
    formats.name(path)
    quiet.start()
    from zoo import applications
    from zoo.weights import sha256

    released = to in {name for checkpoint in available() for name in (checkpoint.name, checkpoint.variant)}
    build = applications.load if released else applications.build
    network = build(to, weights=str(path.absolute()))
    if released and applications.labels(network) is None:
        task = applications.models.release(to).task
        applications.identity.identify(network, getattr(task, "classes", None))
    print(applications.save(network, out, **{"converted from": path.name, "sha256": sha256(path)}))

"""``zoo schemes``."""

import json

import rich.table

from zoo.cli import quiet, terminal
from zoo.cli.command import command


@command("schemes")
def schemes(as_json: terminal.Json = False) -> None:
    """The dictionary between numerical methods and networks, computed.

    Stability is that of u' = λu (u'' = λ²u for leapfrog): how far z = hλ may lie on the negative real and on the
    imaginary axis, where h is the step in time (for LinearMultistep its step_size over 1 + k). A dash stands for a
    layer that is no integrator, or for an axis on which it is nowhere stable.
    """
    quiet.start()
    from zoo.analysis import dictionary

    rows = [entry.row() for entry in dictionary.schemes()]
    if as_json:
        print(json.dumps(rows, indent=1, ensure_ascii=False))
        return
    table = rich.table.Table("layer", "step", "order", "real axis", "imaginary axis", "f a step", "networks")
    for row in rows:
        table.add_row(
            *(row["scheme"], row["formula"], dictionary.number(row["order"])),
            *(dictionary.interval(row["real_limit"], "−"), dictionary.interval(row["imaginary_limit"], "±", "i")),
            *(dictionary.number(row["evaluations"]), ", ".join(row["networks"])),
        )
    terminal.print_table(table)

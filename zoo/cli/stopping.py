"""What a training that was stopped says."""

import shlex
import sys
from typing import NoReturn

import typer


def tell(update: int) -> NoReturn:
    """Say how a run goes on that was stopped after that update, and end the command."""
    again = [word for word in sys.argv[1:] if word != "--resume"]
    print(f"Stopped and saved after update {update}. To go on: {shlex.join(['zoo', *again, '--resume'])}")
    raise typer.Exit(0) from None

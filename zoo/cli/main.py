"""The ``zoo`` command line. Each command reads arguments, calls the library and prints."""

import re
import sys
from typing import Annotated

import typer

from zoo.cli import terminal
from zoo.cli.command import commands


def _version(asked: bool) -> None:
    if asked:
        from importlib import metadata  # takes as long as typer

        print(metadata.version("odezoo"))
        raise typer.Exit()


def _root(
    version: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="Print it.")] = False,
) -> None:
    """A Keras model zoo in which every network is a numerical method for u' = f(u)."""


def application() -> typer.Typer:
    """The command line with all commands."""
    app = _group("")
    app.callback()(_root)
    groups: dict[str, typer.Typer] = {}
    for name, function in commands().items():
        *group, last = name.split(" ")
        if group and group[0] not in groups:
            groups[group[0]] = _group(sys.modules[function.__module__].__doc__ or "")
            app.add_typer(groups[group[0]], name=group[0])
        (groups[group[0]] if group else app).command(last)(function)
    return app


def _group(text: str) -> typer.Typer:
    return typer.Typer(
        help=text or None,
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )


def main() -> None:
    """Run the command line; an error of the user's is one message and exit code 1, without a traceback."""
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="backslashreplace")  # a file name or u⁺ must not stop the answer
    try:
        application()(prog_name="zoo")
    except (ValueError, OSError, ArithmeticError, ImportError, RuntimeError) as error:
        _fail(_in_words(error))
    except KeyboardInterrupt:
        sys.exit(130)
    except Exception as error:
        if not type(error).__module__.startswith("tensorflow."):
            raise
        _fail(_asserted(str(error)))


def _fail(words):
    terminal.messages.print("[bold red]Error:[/]", end=" ")
    terminal.messages.print(terminal.escaped(words, keep="\n"), markup=False, highlight=False, soft_wrap=True)
    sys.exit(1)


def _asserted(message):
    """What an assertion in a TensorFlow graph says, without the places in the graph; of another error the last line."""
    said = re.search(r"assertion failed: \[(.*?)\]$", message, re.MULTILINE)
    return said[1] if said else message.strip().splitlines()[-1]


def _in_words(error):
    """What an error says, without the system's number for it."""
    if isinstance(error, OSError) and error.errno is not None and error.strerror:
        files = [str(file) for file in (error.filename, error.filename2) if file is not None]
        return ": ".join([*([" → ".join(files)] if files else []), error.strerror])
    return str(error)

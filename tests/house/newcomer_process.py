"""A newcomer at a terminal: runs the blocks of pages, one after the other, in the folder in which it is started.

Reads ``[{"name", "kind", "mark", "text"}, …]`` from its input and prints what each said as JSON. A block of Python, and
the cells of a notebook together, run in this process, with names of their own. A command runs in bash; ``zoo`` is there
a small program that asks this process to be the command line, so that TensorFlow is loaded once. ``zoo serve`` is a
process of its own, and stays until the end. For what is marked ``network`` this process has a host of the released
files, and none of the copies that come with the package.
"""

import contextlib
import functools
import http.server
import io
import json
import os
import pathlib
import socket
import stat
import subprocess
import sys
import tempfile
import threading
import time
import traceback
import urllib.error
import urllib.request

ZOO = f"""#!{sys.executable}
import json, os, socket, sys
asked = socket.socket(socket.AF_UNIX)
asked.connect(os.environ["ZOO_SOCKET"])
with asked.makefile("rw", encoding="utf-8") as file:
    print(json.dumps([os.getcwd(), sys.argv[1:]]), file=file, flush=True)
    code, said, complaint = json.loads(file.readline())
sys.stdout.write(said)
sys.stderr.write(complaint)
sys.exit(code)
"""


class Host(http.server.SimpleHTTPRequestHandler):
    """The released files of the checkout; it notes what it is asked for."""

    asked = []

    def log_message(self, format, *arguments):
        self.asked.append(self.path)


@contextlib.contextmanager
def played():
    """No copy of a released file is at hand, and a host has them all."""
    from zoo.weights import store

    package = store.PACKAGE
    handler = functools.partial(Host, directory=package.parents[1] / "weights")
    with tempfile.TemporaryDirectory() as nothing, http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as host:
        threading.Thread(target=host.serve_forever, daemon=True).start()
        offline = os.environ.pop("ZOO_OFFLINE")
        os.environ["ZOO_WEIGHTS_URL"] = f"http://127.0.0.1:{host.server_address[1]}"
        store.PACKAGE = pathlib.Path(nothing) / "zoo" / "weights"
        try:
            yield
        finally:
            host.shutdown()
            store.PACKAGE = package
            del os.environ["ZOO_WEIGHTS_URL"]
            os.environ["ZOO_OFFLINE"] = offline


class Terminal:
    """The newcomer's bash, with ``zoo`` in its path."""

    def __init__(self, folder):
        path = pathlib.Path(folder) / "bin" / "zoo"
        path.parent.mkdir()
        path.write_text(ZOO, "utf-8")
        path.chmod(path.stat().st_mode | stat.S_IXUSR)
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(0.02)
        name = str(pathlib.Path(folder) / "socket")
        self.socket.bind(name)
        self.socket.listen()
        bins = [str(path.parent), str(pathlib.Path(sys.executable).parent), os.environ["PATH"]]
        self.environment = {**os.environ, "ZOO_SOCKET": name, "PATH": os.pathsep.join(bins)}
        self.server = None

    def run(self, line):
        if line.startswith("zoo serve"):
            return self.serve(line)
        with tempfile.TemporaryFile("w+", encoding="utf-8") as output:
            bash = ["bash", "-euo", "pipefail", "-c", line]
            process = subprocess.Popen(bash, env=self.environment, stdout=output, stderr=subprocess.STDOUT)
            while process.poll() is None:
                with contextlib.suppress(TimeoutError):
                    self.answer(self.socket.accept()[0])
            output.seek(0)
            said = output.read()
        if process.returncode:
            raise RuntimeError(f"exit code {process.returncode}: {said[-2000:]}")
        return said

    def answer(self, asked):
        with asked, asked.makefile("rw", encoding="utf-8") as file:
            folder, arguments = json.loads(file.readline())
            with contextlib.chdir(folder):
                print(json.dumps(command_line(arguments)), file=file, flush=True)

    def serve(self, line):
        """Start a server and wait until it listens where it says."""
        command = line.split()[1:]
        self.server = subprocess.Popen([sys.executable, "-m", "zoo", *command], stdout=subprocess.DEVNULL)
        address = f"http://127.0.0.1:{command[command.index('--port') + 1]}/"
        for _ in range(600):
            with contextlib.suppress(urllib.error.URLError):
                return str(urllib.request.urlopen(address).status)
            if self.server.poll() is not None:
                break
            time.sleep(0.1)
        raise RuntimeError("zoo serve does not answer")


def command_line(arguments):
    """``zoo`` with these arguments in this process: its exit code, its output, its messages."""
    from zoo.cli import main

    sys.argv = ["zoo", *arguments]
    out, err = io.StringIO(), io.StringIO()
    code = 1
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            main.main()
        except SystemExit as stopped:
            code = stopped.code or 0
        except Exception:
            traceback.print_exc()
    return code, out.getvalue(), err.getvalue()


def python(text):
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(compile(text, "block", "exec"), {"__name__": "__main__"})
    return out.getvalue()


def notebook(text):
    """The cells in the folder of the notebooks, as Jupyter has it."""
    with contextlib.chdir(os.path.join("docs", "notebooks")):
        return python(text)


def main():
    blocks = json.load(sys.stdin)
    said = []
    with tempfile.TemporaryDirectory() as folder:
        terminal = Terminal(folder)
        ways = {"sh": terminal.run, "python": python, "notebook": notebook}
        try:
            for block in blocks:
                start, row = time.process_time(), {**block, "said": "", "error": "", "left": []}
                there = set(os.listdir())
                Host.asked.clear()
                try:
                    with played() if block["mark"] == "network" else contextlib.nullcontext():
                        row["said"] = ways[block["kind"]](block["text"])
                    row["left"] = sorted(set(os.listdir()) - there) if block["kind"] != "sh" else []
                except Exception:
                    row["error"] = traceback.format_exc()[-3000:]
                said.append({**row, "asked": list(Host.asked), "seconds": round(time.process_time() - start, 1)})
        finally:
            if terminal.server is not None:
                terminal.server.terminate()
                terminal.server.wait()
    json.dump(said, sys.stdout)


if __name__ == "__main__":
    main()

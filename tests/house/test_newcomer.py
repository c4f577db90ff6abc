"""A newcomer's first hour: every command and block of Python of the first pages, in order, in a folder of its own.

The notebooks and the blocks of the other pages run beside it, in a second process.

The folder has the documents, as a fresh clone has, and the pictures that the pages speak of; home and cache are empty.
Blocks that are marked ``network`` run where no copy of the released files is at hand, and a played host has them. Of
those marked ``docker`` bash checks the syntax, and ``zoo serve`` serves what they would: there is no container here.
"""

import json
import os
import pathlib
import re
import shutil
import socket
import subprocess
import sys

import pytest
import rules

PAGES = ("README.md", "docs/index.md", "docs/start.md")
OTHERS = sorted(str(path.relative_to(rules.ROOT)) for path in (rules.ROOT / "docs").glob("*.md"))
NOTEBOOKS = sorted((rules.ROOT / "docs" / "notebooks").glob("*.ipynb"))
FENCE = re.compile(r"^```(python|sh|text)([^\n]*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
PORT = "8501"

NOT_RUN = {
    "pip install": "installing is what .ci/run begins with",
    "pytest": "this is it",
    "zoo serve served ": "served/flowers is served at that port",
    "zoo train": "takes hours: tests/training trains on a tiny data set",
    "zoo evaluate lm_resnet20-cifar10": "needs the data set: tests/cli/test_cli.py has a small one",
}
"""How the commands begin that are not run here, and why."""
DEAR = {
    "zoo show odenet_mnist-mnist --dial": "tests/analysis/test_rediscretize.py has fewer pictures",
    "zoo sample flownet-mnist": "tests/serving/test_sampling.py has fewer pictures",
    "zoo export lm_resnet20-cifar10": "flowers-model is exported; tests/serving has the formats",
}
"""Those that take long, and are run if ZOO_WHOLE is 1."""
SHORTER = {"zoo finetune": "--head-epochs 1 --epochs 0"}
"""What makes others short unless ZOO_WHOLE is 1."""
MARKS = {"", "network", "docker"}
SERVED = "zoo serve served/flowers"
"""What runs in the place of a block marked ``docker``: it speaks the REST of the container."""


def blocks(page):
    """``(language, mark, text)`` of every block of a page."""
    found = FENCE.findall((rules.ROOT / page).read_text("utf-8"))
    return [(kind, mark.strip(), text) for kind, mark, text in found]


def commands(text):
    """The commands of a block without comments, lines that go on put together."""
    lines = re.sub(r"\\\n\s*", "", text).splitlines()
    return [line for line in (re.sub(r"(^|\s\s+)#.*", "", line).strip() for line in lines) if line]


def whole():
    return os.environ.get("ZOO_WHOLE") == "1"


def begins(command, table):
    return next((begin for begin in table if f"{command} ".startswith(begin)), None)


def reason(command):
    """Why a command is not run: its row of the tables, or nothing."""
    return begins(command, NOT_RUN if whole() else NOT_RUN | DEAR)


def steps():
    """What is run in order, each once, with what the page says it prints."""
    found = {}
    for page in PAGES:
        last = None
        for number, (kind, mark, text) in enumerate(blocks(page)):
            if kind == "text":
                last["shown"] = text
            for part in parts(kind, mark, text):
                if reason(part) is None:
                    last = found.setdefault(part, step(f"{page}, block {number}", kind, part, mark))
    return list(found.values())


def others():
    """The notebooks, and the Python of the other pages that needs no network."""
    notebooks = [step(path.name, "notebook", code(path)) for path in NOTEBOOKS]
    return notebooks + [step(page, "python", text) for page, mark, text in python() if mark != "network"]


def python():
    """``(page, mark, text)`` of the Python of the other pages."""
    rest = [page for page in OTHERS if page not in PAGES]
    return [(page, mark, text) for page in rest for kind, mark, text in blocks(page) if kind == "python"]


def step(name, kind, text, mark=""):
    return {"name": name, "kind": kind, "mark": mark, "text": text, "shown": ""}


def parts(kind, mark, text):
    """What a block has to run: a block of Python as a whole, each command of a shell."""
    if mark == "docker":
        return [SERVED]
    return {"python": [text], "sh": commands(text)}.get(kind, [])


def cells(path):
    return json.loads(path.read_text("utf-8"))["cells"]


def code(path):
    """The code of a notebook, cell after cell."""
    return "\n\n".join("".join(cell["source"]) for cell in cells(path) if cell["cell_type"] == "code")


def furnish(folder):
    """The files that the pages speak of."""
    pictures = rules.ROOT / "docs" / "images"
    (folder / "docs").symlink_to(rules.ROOT / "docs")
    for place in ("flowers/rose", "flowers/tulip", "more-flowers/rose", "more-flowers/tulip", "holiday"):
        (folder / place).mkdir(parents=True)
    for number, picture in enumerate(sorted((pictures / "cifar10").iterdir())):
        kind = "rose" if number % 2 else "tulip"
        shutil.copy(picture, folder / "flowers" / kind)
        shutil.copy(picture, folder / ("more-flowers" if number < 4 else "flowers") / kind / f"again_{picture.name}")
    shutil.copy(pictures / "photos" / "chelsea.png", folder / "photo.png")
    shutil.copy(pictures / "photos" / "china.jpg", folder / "holiday")
    shutil.copy(pictures / "photos" / "china.jpg", folder / "garden.jpg")


@pytest.fixture(scope="module")
def hour(tmp_path_factory):
    """What each step printed."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    first = [{**each, "text": shortened(ported(each["text"], port))} for each in steps()]
    started = [began(chosen, tmp_path_factory) for chosen in (first, others())]
    rows = []
    codes = [process.wait() for process, _, _ in started]  # both, before one of them fails the test
    for code, (_, output, errors) in zip(codes, started, strict=True):
        assert code == 0, errors.read_text("utf-8")[-3000:]
        rows += json.loads(output.read_text("utf-8"))
    return rows


def began(chosen, tmp_path_factory):
    """A newcomer who runs these steps: the process, and the files of its output and its errors."""
    folder, home, files = (tmp_path_factory.mktemp(name) for name in ("clone", "home", "files"))
    furnish(folder)
    (files / "steps").write_text(json.dumps(chosen), "utf-8")
    environment = {key: value for key, value in os.environ.items() if not key.startswith("ZOO_")}
    environment |= {
        "MPLBACKEND": "agg",
        "HOME": str(home),
        "ZOO_OFFLINE": "1",
        "PYTHONPATH": str(rules.ROOT),
        "TF_CPP_MIN_LOG_LEVEL": "3",
    }
    program = [sys.executable, pathlib.Path(__file__).with_name("newcomer_process.py")]
    with open(files / "steps") as given, open(files / "output", "w") as output, open(files / "errors", "w") as errors:
        process = subprocess.Popen(program, stdin=given, cwd=folder, env=environment, stdout=output, stderr=errors)
    return process, files / "output", files / "errors"


def ported(text, port):
    """The command at another port, so that two tests may serve at a time."""
    if text.startswith("zoo serve"):
        return f"{text} --port {port}"
    return text.replace(PORT, port)


def shortened(text):
    begin = begins(text, SHORTER)
    return text if begin is None or whole() else f"{text} {SHORTER[begin]}"


@pytest.mark.slow
def test_every_step_of_the_first_hour_works(hour):
    assert len(hour) > 30
    failed = [f"{step['name']}: {step['text']}\n{step['error']}" for step in hour if step["error"]]
    assert not failed, "\n".join(failed)
    assert not [step["name"] for step in hour if step["left"]], "Python writes below a temporary folder alone"
    asked = {step["name"]: step["asked"] for step in hour if step["mark"] == "network"}
    assert asked, "no block is marked network"
    for name, paths in asked.items():
        assert paths, f"{name}: the host was not asked"
    (answer,) = [step["said"] for step in hour if "curl" in step["text"]]
    assert json.loads(answer[answer.index("{") :])["predictions"][0]["classes"][0] in ("rose", "tulip")


@pytest.mark.slow
def test_the_steps_print_what_the_pages_show(hour):
    shown = [step for step in hour if step["shown"]]
    assert len(shown) >= 2
    for step in shown:
        assert alike(step["said"], step["shown"]), f"{step['text']}\n{step['said']}"


def alike(said, shown):
    """The same words, and numbers that differ by at most half a hundredth, of 1 or of the number."""
    number = r"\d+\.?\d*(?:e-?\d+)?"
    if re.sub(number, "#", said).split() != re.sub(number, "#", shown).split():
        return False
    pairs = zip(re.findall(number, said), re.findall(number, shown), strict=True)
    return all(abs(float(mine) - float(theirs)) <= 0.005 * max(1, float(theirs)) for mine, theirs in pairs)


def test_what_is_shown_is_compared():
    assert alike("a.png: cat 97.1 %\n", "a.png: cat  97.3 %")
    assert not alike("a.png: cat 97.1 %", "a.png: dog 97.1 %")
    assert not alike("a.png: cat 97.1 %", "a.png: cat 91.3 %")
    assert not alike("cat", "cat 1")


def test_every_command_is_bash_and_is_run_or_says_why_not():
    texts = [text for page in PAGES for kind, _, text in blocks(page) if kind == "sh"]
    assert len(texts) >= 8
    for text in texts:
        done = subprocess.run(["bash", "-n"], input=text, capture_output=True, text=True)
        assert done.returncode == 0, text + done.stderr
    every = [command for text in texts for command in commands(text)]
    assert {begins(command, NOT_RUN | DEAR) for command in every} == {None, *NOT_RUN, *DEAR}


def test_blocks_that_need_a_host_or_a_container_are_marked():
    every = [(mark, text) for page in PAGES for kind, mark, text in blocks(page) if kind == "sh"]
    assert {mark for mark, _ in every} == MARKS
    for mark, text in every:
        for command in commands(text):
            assert (mark == "docker") == command.startswith("docker "), command
            assert (mark == "network") == command.startswith("zoo weights fetch"), command


def test_python_that_needs_the_files_of_others_is_python():
    texts = [text for _, mark, text in python() if mark == "network"]
    assert texts
    for text in texts:
        compile(text, "block", "exec")


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_has_words_and_no_outputs(path):
    kinds = [cell["cell_type"] for cell in cells(path)]
    assert kinds[0] == "markdown"
    assert kinds.count("markdown") >= 4
    for cell in cells(path):
        if cell["cell_type"] == "code":
            assert (cell["outputs"], cell["execution_count"]) == ([], None), "outputs are stripped before a commit"
    assert f"(notebooks/{path.name})" in (rules.ROOT / "docs" / "start.md").read_text("utf-8")

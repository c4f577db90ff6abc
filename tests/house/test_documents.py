"""What the documents say can be done, can be done."""

import json
import re
import subprocess
import sys

import pytest
import rules

RUN = """
import json, sys
for number, block in enumerate(json.load(sys.stdin)):
    try:
        exec(compile(block, f"block {number}", "exec"), {"__name__": "__main__"})
    except Exception as error:
        sys.exit(f"block {number}: {type(error).__name__}: {error}")
"""


@pytest.mark.slow
def test_each_block_of_python_in_the_readme_runs_alone(tmp_path):
    blocks = re.findall(r"```python\n(.*?)```", (rules.ROOT / "README.md").read_text("utf-8"), re.DOTALL)
    assert len(blocks) >= 3
    (tmp_path / "docs").symlink_to(rules.ROOT / "docs")
    run = [sys.executable, "-c", RUN]
    done = subprocess.run(run, input=json.dumps(blocks), cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["docs"], "the blocks leave nothing behind"

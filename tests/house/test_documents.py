"""What the documents say can be done, can be done."""

import re
import subprocess
import sys

import rules


def test_the_python_in_the_readme_runs(tmp_path):
    blocks = re.findall(r"```python\n(.*?)```", (rules.ROOT / "README.md").read_text("utf-8"), re.DOTALL)
    assert blocks
    script = "\n".join(blocks)
    (tmp_path / "docs").symlink_to(rules.ROOT / "docs")
    done = subprocess.run([sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr

"""Every notebook as Colab opens it: alone, in an empty folder, with Colab's ipywidgets and IPython.

The setup cell really installs the package, by pip and git, from the book's public address, which
git is told to look for in a local copy.
"""

import os
import subprocess
from pathlib import Path

import pytest

from tests.support.public import instead_of
from tools.notebooks import NOTEBOOKS
from tools.run_alone import __file__ as program

pytestmark = pytest.mark.slow
OFFLINE = str(Path(__file__).parents[1] / "support" / "offline")


@pytest.mark.timeout(3600)  # a whole chapter, perhaps on a slow machine
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs_alone(path, like_colab, public_repository, tmp_path):
    target = tmp_path / "site-packages"  # empty at first: each notebook installs the book anew
    target.mkdir()
    environment = os.environ | {
        "BOOK_BATCH": "",  # a person is there: the live panels are widgets
        "BOOK_PROFILE": "quick",
        "PYTHONPATH": os.pathsep.join([OFFLINE, str(target)]),  # git asks the local copy
        "PIP_TARGET": str(target),
        "PIP_NO_DEPS": "1",  # the packages of Colab are there
        "PIP_NO_INDEX": "1",
        "PIP_NO_BUILD_ISOLATION": "0",  # "0" is how pip reads "no isolation" from a variable
    }
    environment |= instead_of(public_repository.as_uri())
    command = [like_colab, program, path]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    installed = target / "utils" / "__init__.py"
    assert f"{installed} IPython 7.34.0 ipywidgets 7.7.1" in done.stdout

"""Every notebook as Colab opens it: alone, in an empty folder, with Colab's ipywidgets and IPython.

The setup cell really installs the package, by pip and git, from the book's public address, which
git is told to look for in a local copy.
"""

import os
import subprocess

import pytest

from tests.support.public_address import NO_NETWORK, install_into
from tools.notebooks import NOTEBOOKS
from tools.pages import ROOT


@pytest.mark.slow
@pytest.mark.timeout(3600)  # a whole chapter, perhaps on a slow machine
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs_alone(path, like_colab, public_address, tmp_path):
    target = tmp_path / "site-packages"  # empty at first: each notebook installs the book anew
    target.mkdir()
    environment = os.environ | public_address | install_into(target, NO_NETWORK)
    # A person is there: the live panels are widgets.
    environment |= {"BOOK_BATCH": "", "BOOK_PROFILE": "quick"}
    command = [like_colab, "-m", "tools.run_alone", path]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    installed = target / "utils" / "__init__.py"
    assert f"{installed} IPython 7.34.0 ipywidgets 7.7.1" in done.stdout

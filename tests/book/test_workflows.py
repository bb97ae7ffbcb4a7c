"""The workflows for GitHub: well-formed, every step a target of the Makefile, the devcontainer too.

actionlint reads them more closely: `make workflows`.
"""

import json
import os
import re

import pytest
import yaml

from tools.pages import ROOT

WORKFLOWS = {
    path.stem: yaml.safe_load(path.read_text(encoding="utf-8"))
    for path in sorted((ROOT / ".github" / "workflows").glob("*.yml"))
}
TARGETS = set(re.findall(r"^([a-z-]+):.*## ", (ROOT / "Makefile").read_text(), re.MULTILINE))
SYSTEM = "sudo apt-get update && sudo apt-get install --yes graphviz"


def test_every_step_of_the_four_workflows_is_a_target_of_the_makefile():
    assert list(WORKFLOWS) == ["ci", "colab", "gpu", "pages"]
    for job in (job for workflow in WORKFLOWS.values() for job in workflow["jobs"].values()):
        assert job["timeout-minutes"] > 0
        for step in job["steps"]:
            command = step.get("run", SYSTEM)
            if command != SYSTEM:
                program, target, *_ = command.split()
                assert program == "make" and target in TARGETS, command


def test_ci_runs_the_pythons_that_the_requirements_promise():
    promised = (ROOT / "requirements.txt").read_text().splitlines()[0]
    assert "for Python 3.11 to 3.13" in promised
    versions = WORKFLOWS["ci"]["jobs"]["test"]["strategy"]["matrix"]["python"]
    assert versions == ["3.11", "3.12", "3.13"]


@pytest.mark.skipif(os.name == "nt", reason="needs sh")
@pytest.mark.parametrize(
    ("known", "did"),
    [("", "issue create --title It failed --body a run"), ("7", "issue comment 7 --body a run")],
)
def test_one_issue_is_opened_and_then_updated(make, monkeypatch, tmp_path, known, did):
    log = tmp_path / "log"
    gh = tmp_path / "gh"
    gh.write_text(f'#!/bin/sh\n[ "$2" = list ] && echo "{known}" || echo "$@" >> "{log}"\n')
    gh.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    assert make("report", "TITLE=It failed", "TEXT=a run").returncode == 0
    assert log.read_text() == f"{did}\n"


def test_the_devcontainer_runs_a_target_of_the_makefile():
    text = (ROOT / ".devcontainer" / "devcontainer.json").read_text(encoding="utf-8")
    command = json.loads(text)["postCreateCommand"]
    assert command == "sudo apt-get update && sudo apt-get install --yes make graphviz && make book"

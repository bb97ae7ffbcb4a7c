"""The bench compares like with like, and its stored numbers are whole."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from torchvision.datasets import FashionMNIST

from benchmarks import __main__ as bench
from benchmarks import (
    augmentation,
    cluster,
    laboratory,
    lighthouse,
    live_net,
    page_training,
    parts,
    record,
    rules,
)
from utils import records
from utils.data import fashion_mnist


def test_d2l_finds_the_files_where_it_looks_for_them():
    data, before = fashion_mnist(quiet=True), Path.cwd()
    with parts._folder_as_d2l_wants_it():
        found = [FashionMNIST("../data", train=train) for train in (True, False)]
        assert Path.cwd() != before
    assert Path.cwd() == before
    for dataset, (images, labels) in zip(found, (data.train, data.test), strict=True):
        assert torch.equal(dataset.data, images)
        assert torch.equal(dataset.targets, labels)


def test_every_rung_changes_one_thing_and_the_last_is_the_record():
    first, *others = parts.RUNGS.values()
    settings = dict(first)
    for change in others:
        assert len(change) == 1
        assert change.keys() <= first.keys()
        settings |= change
    recipe = parts.alexnet_muon.RECIPE
    for name in ("image_size", "batch_size", "momentum", "weight_decay"):
        assert settings[name] == getattr(recipe, name)
    assert settings["muon"] and recipe.optimizer == "muon"


def test_rearranged_networks_are_one_function_and_the_last_is_the_fast_one():
    torch.manual_seed(0)
    nets = [parts.rearranged(65, changes).eval() for changes in range(5)]
    x = torch.rand(2, 1, 65, 65)
    with torch.no_grad():
        for net in nets[1:]:
            net.load_state_dict(nets[0].state_dict())
            torch.testing.assert_close(net(x), nets[0](x), rtol=1e-4, atol=1e-5)
    assert isinstance(nets[4], parts.FastAlexNet)
    assert len({str(net) for net in nets}) == 5


def test_a_part_that_fails_is_one_sentence():
    with pytest.raises(SystemExit, match=r"The part rung .*'name': 'none'.* failed: ValueError"):
        bench.measure("rung", name="none")


def test_the_stored_bench_has_what_the_last_line_says_and_the_chapter_shows():
    stored = records.load("bench")
    last = bench.summary(stored)
    assert last["ratio"] == pytest.approx(last["d2l_s"] / last["ours_s"], rel=0.01)
    assert last["ratio"] >= 200 and last["ratio_avx2"] >= 100
    assert last["peak_fraction"]["65"] >= 0.35 and max(last["peak_fraction"].values()) <= 1
    accuracies = last["accuracies"] + last["accuracies_avx2"]
    assert len(accuracies) == 10 and min(accuracies) >= record.TARGET
    seeds = [str(seed) for seed in rules.seeds(record.RECIPES / "alexnet_muon.py")]
    assert list(stored["ours"]) == list(stored["AVX2 only"]["ours"]) == seeds
    assert max(run["memory_gb"] for run in stored["ours"].values()) <= 1.4
    assert list(stored["ladder"]) == list(parts.RUNGS)
    layers = stored["step"]["layers"].values()
    assert all(layer["ms"] >= layer["ms at best"] for layer in layers)
    assert {name: len(values) for name, values in stored["growth"].items()} == {
        name: len(values) for name, values in bench.SIZES.items()
    }


def test_the_bytes_of_the_cluster_bench_are_those_of_arithmetic():
    stored = records.load("bench_cluster")
    found = stored["exchanged"]
    assert found["columns, an image"] == 2 * 4 * (128 * 13**2 + 128 * 6**2 + 2048 + 2048 + 500)
    assert found["parameters"] == 60_965_224 == 2 * found["parameters of a column"]
    assert found["gradients, a step"] == 4 * found["parameters"]
    assert [int(count) for count in stored["processes"]] == list(cluster.PROCESSES)


@pytest.mark.parametrize(
    ("name", "command", "source"),
    [
        ("bench", "make bench RECORD=yes", bench.source),
        ("bench_augmentation", "python -m benchmarks.augmentation --record", augmentation.source),
        ("bench_cluster", "python -m benchmarks.cluster --record", cluster.source),
        ("bench_live_net", "python -m benchmarks.live_net --record", live_net.measured),
        ("laboratory", "python -m benchmarks.laboratory --record", laboratory.source_hash),
        ("page_training", "python -m benchmarks.page_training --record", page_training.source_hash),
    ],
)
def test_every_bench_has_a_fresh_record(name, command, source):
    stored = records.load(name)
    assert stored["command"] == command
    assert stored["source_sha256"] == source(), f"run `{command}`"


def test_the_engine_of_the_page_is_as_fast_and_as_small_as_promised():
    stored = records.load("page_training")
    assert stored["LeNet, times ConvNetJS"] >= 20
    assert stored["LeNet, times TF.js in Node"] >= 300
    assert stored["LeNet, times TF.js"] >= 100  # its build for pages is the quicker one
    assert stored["AlexNet, times PyTorch"] >= 1 / 3
    assert stored["forward, times PyTorch"] >= 1
    assert stored["engine, bytes"] <= 30e3 and stored["memory, bytes"] <= 250e6


@pytest.mark.parametrize("name", page_training.RUNS)
def test_three_seeds_learn_in_the_page_while_it_stays_awake(name):
    for run in records.load("page_training")["runs"][name]:
        assert max(accuracy for _, accuracy in run["epochs"]) >= 0.8
        assert run["longest"] <= 50  # ms


def test_all_in_the_race_trained_and_the_engine_begins_with_pytorch_s_loss():
    races = records.load("page_training")["races"]
    for name, race in races.items():
        first = [race[who]["first result"] for who in ("engine", *page_training.PYTORCH)]
        assert first == pytest.approx(first[:1] * 3, rel=1e-4)
        anew = "TF.js, in Node"  # each of its turns
        done = [about for who, about in race.items() if "ms" in about and who != anew]
        assert name == "forward" or all(one["result"] < one["first result"] for one in done)


def test_without_network_page_training_says_so(monkeypatch, tmp_path):
    monkeypatch.setenv("npm_config_registry", "http://127.0.0.1:9")
    with pytest.raises(SystemExit, match=r"^npm could not install .*: go online and try again\.$"):
        page_training.install(str(tmp_path))


@pytest.mark.slow
def test_the_bench_of_augmentation_runs():
    command = [sys.executable, "-m", "benchmarks.augmentation"]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    cases = json.loads(done.stdout.splitlines()[-1])
    assert cases.keys() == records.load("bench_augmentation")["cases"].keys()


def test_lighthouse_is_content():
    for page, scores in json.loads(lighthouse.RECORD.read_text(encoding="utf-8")).items():
        assert min(scores.values()) >= 95, page


def test_lighthouse_says_what_is_missing(monkeypatch, tmp_path):
    monkeypatch.setattr("sys.argv", ["lighthouse", "--folder", str(tmp_path)])
    with pytest.raises(SystemExit, match=r"No Lighthouse in .*npm install lighthouse"):
        lighthouse.main()

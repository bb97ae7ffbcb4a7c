"""A training in several processes is the training in one: same losses, each image once, one writer.

Most of it is one start of two processes, whose results many tests look at. What torchrun and a
killed process do is in `test_torchrun.py` (slow).
"""

import json
from types import SimpleNamespace

import pytest
import safetensors
import torch
from torch import nn

from tests.support.processes import free_port, together, variables
from utils import checkpoint
from utils import ranks as module
from utils import train as program
from utils.checkpoint import CheckpointError, Checkpoints, Interrupted
from utils.data import batches, fashion_mnist
from utils.ranks import ALONE, PADDING, Ranks, RanksError, joined
from utils.settings import Profile
from utils.training import Recipe, evaluate, train

CPU = Profile("quick", torch.device("cpu"), torch.float32)
# 403 images in batches of 67: the last batch has one image, so that rank 1 has only padding.
RECIPE = Recipe(epochs=2, batch_size=67, image_size=28, lr=0.05)
STEPS = 14


def clothes() -> list[tuple[torch.Tensor, torch.Tensor]]:
    """The first 403 training and 101 test images: neither can be shared by two."""
    data = fashion_mnist(quiet=True)
    return [tuple(part[:n] for part in pair) for pair, n in ((data.train, 403), (data.test, 101))]


def network(dropout: float = 0.0) -> nn.Module:
    torch.manual_seed(3)
    return nn.Sequential(
        nn.Flatten(), nn.Linear(784, 32), nn.ReLU(), nn.Dropout(dropout), nn.Linear(32, 10)
    )


def fail(*arguments):
    raise AssertionError("a rank that is not the first has written a file")


def stop_after(steps: int):
    def watch(history, model):
        if len(history.losses) == steps:
            raise KeyboardInterrupt

    return watch


def work(ranks: Ranks, folder) -> SimpleNamespace:
    """All that the tests below look at, from one rank."""
    found, data = SimpleNamespace(), clothes()
    if ranks.rank:
        checkpoint.write_whole = fail
    model = network()
    found.history = train(model, *data, RECIPE, CPU, ranks=ranks)
    found.weights = [p.detach().clone() for p in model.parameters()]
    found.accuracy = evaluate(model, data[1], RECIPE, CPU, ranks)

    images, order = torch.zeros(403, 28, 28, dtype=torch.uint8), torch.Generator().manual_seed(0)
    shares = batches(images, torch.arange(403), 67, generator=order, ranks=ranks)
    found.shares = [y.tolist() for _, y in shares]

    keep, again = Checkpoints(folder / "cut", 0), Checkpoints(folder / "cut", 0)
    cut, whole = network(0.5), network(0.5)
    train(whole, *data, RECIPE, CPU, keep=Checkpoints(folder / "whole"), ranks=ranks)
    with pytest.raises(KeyboardInterrupt):
        train(cut, *data, RECIPE, CPU, stop_after(9), keep, ranks)
    cut = network(0.5)
    train(cut, *data, RECIPE, CPU, keep=again, ranks=ranks)
    found.cut, found.whole = ([*net.parameters()][1].detach() for net in (cut, whole))

    keep = Checkpoints(folder / "asked", 3600)

    def ask(history, model):
        keep.asked_to_stop = bool(ranks.rank) and len(history.losses) == 3  # one is enough

    with pytest.raises(Interrupted) as stop:
        train(network(), *data, RECIPE, CPU, ask, keep, ranks)
    found.stopped = str(stop.value)

    other = folder / f"seen by {ranks.rank}"
    other.mkdir()
    if ranks.rank:
        (other / "checkpoint.safetensors").touch()
    with pytest.raises(CheckpointError, match="is not there for every process: choose a folder"):
        train(network(), *data, RECIPE, CPU, keep=Checkpoints(other), ranks=ranks)
    found.speaks = ranks.speaks()
    return found


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("ranks")


@pytest.fixture(scope="module")
def two(folder):
    return together(work, folder)


@pytest.fixture(scope="module")
def one():
    model, data = network(), clothes()
    history = train(model, *data, RECIPE, CPU)
    return SimpleNamespace(history=history, weights=[*model.parameters()], model=model, data=data)


def test_two_processes_have_the_losses_of_one(one, two):
    """To 1e-5: the sums are rounded in another order."""
    for found in two:
        assert len(found.history.losses) == STEPS
        assert found.history.losses == pytest.approx(one.history.losses, abs=1e-5)
        for mine, theirs in zip(found.weights, one.weights, strict=True):
            torch.testing.assert_close(mine, theirs.detach(), rtol=0, atol=1e-5)


def test_all_ranks_end_with_the_same_bits(two):
    first, second = two
    assert first.history.losses == second.history.losses
    assert first.history.epochs == second.history.epochs
    for mine, theirs in zip(first.weights, second.weights, strict=True):
        assert torch.equal(mine, theirs)


def test_no_image_is_seen_twice_in_an_epoch_and_none_is_missing(two):
    shares = [found.shares for found in two]
    seen = [label for share in shares for batch in share for label in batch if label != PADDING]
    assert sorted(seen) == list(range(403))
    order = torch.randperm(403, generator=torch.Generator().manual_seed(0))
    for number, chosen in enumerate(order.split(67)):
        both = {label for share in shares for label in share[number]} - {PADDING}
        assert both == set(chosen.tolist())  # the same batches as in one process
        assert len({len(share[number]) for share in shares}) == 1
    assert [share[-1] for share in shares] == [[order[-1].item()], [PADDING]]


def test_what_fills_up_a_share_is_in_no_measurement(one, two):
    for row, expected in zip(two[0].history.epochs, one.history.epochs, strict=True):
        assert row["train accuracy"] * 403 == pytest.approx(round(row["train accuracy"] * 403))
        assert row == pytest.approx(expected, abs=1e-5)
    alone = evaluate(one.model, one.data[1], RECIPE, CPU)
    assert two[0].accuracy == pytest.approx(alone, abs=1e-5)
    assert two[0].accuracy[1] * 101 == pytest.approx(round(alone[1] * 101))


def test_goes_on_to_the_same_bits_with_dropout(two):
    for found in two:
        assert torch.equal(found.cut, found.whole)


def test_one_rank_writes_and_the_checkpoint_has_the_random_numbers_of_all(two, folder):
    names = sorted(path.name for path in (folder / "whole").iterdir())
    assert names == ["checkpoint.safetensors", "metrics.jsonl"]
    with safetensors.safe_open(folder / "whole" / names[0], framework="pt") as file:
        states = [file.get_tensor(f"random.cpu{rank}") for rank in ("", 1)]
        assert json.loads(file.metadata()["identity"])["processes"] == 2
    assert not torch.equal(*states)


def test_when_one_is_asked_to_stop_all_do(two, folder):
    for found in two:
        assert found.stopped.startswith(f"Stopped after step 3, and saved in {folder / 'asked'}:")


def test_one_rank_says_why(two):
    assert sorted(found.speaks for found in two) == [False, True]


def test_another_number_of_processes_is_refused(two, folder, one):
    with pytest.raises(CheckpointError) as refused:
        train(network(0.5), *one.data, RECIPE, CPU, keep=Checkpoints(folder / "whole"))
    assert "other settings (processes was 2): go on with those" in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(("world", "count"), [(1, 5), (2, 5), (3, 5), (4, 1), (8, 64)])
def test_shares_are_equally_long_and_have_each_index_once(world, count):
    chosen = torch.randperm(count)
    shares = [Ranks(rank, world).share(chosen) for rank in range(world)]
    assert {len(share) for share in shares} == {-(-count // world)}
    together = torch.cat(shares)
    assert sorted(together[together >= 0].tolist()) == list(range(count))


# --- what goes wrong before the first step


@pytest.fixture
def torchrun(monkeypatch):
    """Set torchrun's variables as if this were rank 0 of 2, with changes."""

    def set_(**changes):
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
        for name, value in (variables(0, 2, free_port()) | changes).items():
            monkeypatch.setenv(name, value) if value else monkeypatch.delenv(name, raising=False)

    for name in module.VARIABLES:
        monkeypatch.delenv(name, raising=False)
    return set_


def test_without_torchrun_it_is_alone(torchrun, monkeypatch):
    monkeypatch.setenv("MASTER_ADDR", "somewhere")  # clusters set it for everybody
    with joined() as ranks:
        assert ranks == ALONE


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"RANK": ""}, "is set, but not RANK: start with torchrun --nproc-per-node N"),
        ({"WORLD_SIZE": "", "MASTER_PORT": ""}, "is set, but not WORLD_SIZE, MASTER_PORT:"),
        ({"RANK": "2"}, "RANK=2, WORLD_SIZE=2, LOCAL_RANK=0 make no sense: start with torchrun"),
        ({"RANK": "first"}, "RANK=first, WORLD_SIZE=2, LOCAL_RANK=0 make no sense"),
        ({}, "The 2 processes did not all meet at 127.0.0.1:"),
    ],
)
def test_torchruns_variables_are_checked(
    torchrun, monkeypatch, capsys, tmp_path, changes, sentence
):
    monkeypatch.setattr(module, "PATIENCE", 1)
    monkeypatch.setattr("sys.argv", ["train", str(tmp_path)])
    torchrun(**changes)
    with pytest.raises(SystemExit) as end:
        program.main()
    assert end.value.code == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert sentence in line


def test_more_processes_than_graphics_cards_is_one_sentence(torchrun, monkeypatch):
    torchrun(LOCAL_RANK="1")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)
    with (
        pytest.raises(RanksError, match=r"There are 1 graphics card\(s\) and more processes"),
        joined(),
    ):
        pass


def test_a_batch_that_cannot_be_shared_is_one_sentence(tmp_path):
    settings = program.Settings(batch_size=2)
    with pytest.raises(ValueError, match="A batch of 2 cannot be shared by 3 processes"):
        program.run(settings, tmp_path, Ranks(0, 3))


def test_a_wrong_setting_is_said_by_one_rank(torchrun, monkeypatch, capsys):
    torchrun(RANK="1", LOCAL_RANK="1")
    monkeypatch.setattr("sys.argv", ["train", "--epochs=0", "folder"])
    with pytest.raises(SystemExit) as end:
        program.main()
    assert end.value.code == 2
    assert capsys.readouterr().err == ""

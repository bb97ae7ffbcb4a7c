"""Chapter 8's experiments on the size of a batch and on how the learning rate falls."""

import torch

from utils.experiments import batch_sizes, schedules


def images(count: int = 96) -> tuple[torch.Tensor, torch.Tensor]:
    draw = torch.Generator().manual_seed(0)
    pixels = torch.randint(256, (count, 28, 28), dtype=torch.uint8, generator=draw)
    return pixels, torch.arange(count) % 10


def test_a_batch_size_is_measured_with_its_updates():
    some = images()
    found = batch_sizes.measure(0, 0.01, 32, 2, some, some, some)
    assert found["updates"] == 6
    assert found["validation"] == found["test"]


def test_what_diverges_counts_as_guessing():
    some = images()
    assert batch_sizes.measure(0, 1e30, 32, 1, some, some, some)["test"] == 0.1


def test_the_kept_rate_is_the_best_on_validation_images():
    def arms(best):
        return {
            arm: {str(rate): {"validation": float(rate == best)} for rate in batch_sizes.RATES}
            for arm in batch_sizes.ARMS
        }

    assert set(batch_sizes.kept([{"arms": arms(0.01)}]).values()) == {"0.01"}


def test_a_stretch_has_a_row_an_epoch():
    some = images()
    rows = schedules.stretch(batch_sizes.network(0), (some, some), 0, 2, 0.01)
    assert len(rows) == 2
    assert rows[0]["training loss"] == rows[0]["validation loss"]


def test_the_schedules_part_at_the_first_drop(monkeypatch):
    data = type("Data", (), {"train": images(260), "test": images()})
    monkeypatch.setattr(schedules, "fashion_mnist", lambda quiet: data)
    monkeypatch.setattr(schedules, "SHORTER", 12)  # drops after 2, 4 and 6 epochs of 8
    found = schedules.run(0, examples=128, validation=100)
    assert {len(rows) for rows in found.values()} == {8}
    dropped, undropped = found["by hand, as in 2012"], found["never dropped"]
    assert dropped[:2] == undropped[:2]
    assert dropped[2:] != undropped[2:]

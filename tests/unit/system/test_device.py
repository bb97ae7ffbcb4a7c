"""Device, precision and profile are chosen at run time, and a wrong choice is explained."""

import pytest
import torch

from utils.system import device


@pytest.fixture(autouse=True)
def fresh_profile(monkeypatch):
    monkeypatch.delenv("BOOK_PROFILE", raising=False)
    device.default_profile.cache_clear()
    yield
    device.default_profile.cache_clear()


def test_a_cpu_gets_the_quick_profile(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    chosen = device.default_profile()
    assert (chosen.name, chosen.device.type) == ("quick", "cpu")
    assert chosen.dtype in (torch.float32, torch.bfloat16)
    assert "quick profile on cpu" in str(chosen)


@pytest.mark.parametrize(("new", "dtype"), [(True, torch.bfloat16), (False, torch.float32)])
def test_a_gpu_gets_bfloat16_only_where_it_is_not_emulated(monkeypatch, new, dtype):
    def is_supported(including_emulation=True):
        return new or including_emulation

    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", is_supported)
    chosen = device.default_profile()
    assert (chosen.name, chosen.device.type, chosen.dtype) == ("full", "cuda", dtype)


@pytest.mark.parametrize("name", ["float32", "bfloat16"])
def test_the_environment_overrides_profile_and_probe(monkeypatch, name):
    monkeypatch.setenv("BOOK_PROFILE", "full")
    monkeypatch.setenv("BOOK_PRECISION", name)
    chosen = device.default_profile()
    assert (chosen.name, chosen.dtype) == ("full", getattr(torch, name))


@pytest.mark.parametrize(
    ("variable", "value", "first"),
    [("BOOK_PROFILE", "fast", "quick"), ("BOOK_PRECISION", "float64", "float32")],
)
def test_an_unknown_choice_is_refused_in_one_sentence(monkeypatch, variable, value, first):
    monkeypatch.setenv(variable, value)
    with pytest.raises(ValueError, match=f'{variable} is "{value}": set it to "{first}"'):
        device.default_profile()

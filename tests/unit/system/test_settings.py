"""Device, precision and profile are chosen at run time, and a wrong choice is explained."""

import pytest
import torch

from utils import settings


@pytest.fixture(autouse=True)
def fresh_profile():
    settings.profile.cache_clear()
    yield
    settings.profile.cache_clear()


def test_batch_mode_follows_the_environment(monkeypatch):
    monkeypatch.setenv("BOOK_BATCH", "1")
    assert settings.batch_mode()
    monkeypatch.delenv("BOOK_BATCH")
    assert not settings.batch_mode()


def test_a_cpu_gets_the_quick_profile(monkeypatch):
    monkeypatch.delenv("BOOK_PROFILE", raising=False)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    chosen = settings.profile()
    assert (chosen.name, chosen.device.type) == ("quick", "cpu")
    assert chosen.dtype in (torch.float32, torch.bfloat16)
    assert "quick profile on cpu" in str(chosen)


@pytest.mark.parametrize(("new", "dtype"), [(True, torch.bfloat16), (False, torch.float32)])
def test_a_gpu_gets_bfloat16_only_where_it_is_not_emulated(monkeypatch, new, dtype):
    monkeypatch.delenv("BOOK_PROFILE", raising=False)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(
        torch.cuda, "is_bf16_supported", lambda including_emulation=True: new or including_emulation
    )
    chosen = settings.profile()
    assert (chosen.name, chosen.device.type, chosen.dtype) == ("full", "cuda", dtype)


def test_the_environment_overrides_the_profile(monkeypatch):
    monkeypatch.setenv("BOOK_PROFILE", "full")
    assert settings.profile().name == "full"


def test_an_unknown_profile_is_refused_in_one_sentence(monkeypatch):
    monkeypatch.setenv("BOOK_PROFILE", "fast")
    with pytest.raises(ValueError, match='BOOK_PROFILE is "fast": set it to "quick" or "full"'):
        settings.profile()


@pytest.mark.parametrize("name", ["float32", "bfloat16"])
def test_the_environment_overrides_the_probe(monkeypatch, name):
    monkeypatch.setenv("BOOK_PRECISION", name)
    assert settings.profile().dtype is getattr(torch, name)


def test_an_unknown_precision_is_refused_in_one_sentence(monkeypatch):
    monkeypatch.setenv("BOOK_PRECISION", "float64")
    with pytest.raises(ValueError, match='BOOK_PRECISION is "float64": set it to "float32"'):
        settings.profile()

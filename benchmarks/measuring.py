"""Parts are measured one after the other, each in a process of its own."""

import json
import os
import subprocess
import sys
import tempfile

# What a processor without AVX-512 and AMX would do, as far as the libraries let it be asked for.
AVX2 = {
    "ONEDNN_MAX_CPU_ISA": "AVX2",
    "ATEN_CPU_CAPABILITY": "avx2",
    "MKL_ENABLE_INSTRUCTIONS": "AVX2",
}

CPU = {"CUDA_VISIBLE_DEVICES": ""}
GPU = {"CUDA_VISIBLE_DEVICES": os.environ.get("CUDA_VISIBLE_DEVICES", "0")}


def measure(part: str, environment: dict[str, str] | None = None, **settings) -> dict:
    """One part; on the processor, unless the environment says otherwise.

    What `torch.compile` has compiled for others it does not find. Ends the program with the part's
    last words if it fails.
    """
    command = [sys.executable, "-m", "benchmarks.parts", part, json.dumps(settings)]
    with tempfile.TemporaryDirectory() as folder:
        own = {"BOOK_BATCH": "1", "TORCHINDUCTOR_CACHE_DIR": folder}
        variables = os.environ | own | CPU | (environment or {})
        done = subprocess.run(command, capture_output=True, text=True, env=variables)
    if done.returncode:
        words = done.stderr.strip().splitlines() or [f"it ended with code {done.returncode}"]
        sys.exit(f"The part {part} {settings} failed: {words[-1]}")
    return json.loads(done.stdout.splitlines()[-1])


def hardware(environment: dict[str, str] | None = None) -> dict[str, str | int]:
    """The machine as parts see it."""
    found = measure("hardware", environment)
    return {name: value for name, value in found.items() if name != "memory_gb"}


def gigabytes(part: dict) -> str:
    """The most memory that a part had."""
    return "memory unknown" if part["memory_gb"] is None else f"{part['memory_gb']:.2f} GB"


def say(what: str, part: dict) -> None:
    print(
        f"{what}: {part['examples_per_second']:,.0f} images a second, {gigabytes(part)}", flush=True
    )

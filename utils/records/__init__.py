"""What experiments have measured: one JSON file for each in `runs/`.

record       load and save a record, and pack small arrays for it
provenance   the hash of an experiment's code, and the machine in words
"""

from utils.records.provenance import hardware, source_hash
from utils.records.record import (
    RUNS,
    laboratory_seeds,
    load,
    pack,
    pack_filters,
    save,
    unpack,
    write,
)

"""What the machine can do, and what several processes of one training agree on.

device         device, precision and profile of this machine; batch mode
progress       progress bars that know who is watching
atomic_write   a file that is there whole, or not at all
distributed    one training in several processes, as torchrun starts them
"""

from utils.system.atomic_write import write_whole
from utils.system.device import (
    CPU, Profile, batch_mode, default_profile, device_name, keep_freed_memory, processor,
)  # fmt: skip
from utils.system.distributed import (
    PADDING, SINGLE, ProcessGroup, ProcessGroupError, process_group, torchrun,
)  # fmt: skip
from utils.system.progress import progress, shown_elsewhere

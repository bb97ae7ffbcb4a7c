"""Progress bars that know who is watching: nobody in batch mode, a person in a notebook."""

from contextvars import ContextVar

from tqdm.auto import tqdm

from utils.settings import batch_mode

# True while something else shows how far a computation is: `utils.live` has a bar of its own.
shown_elsewhere: ContextVar[bool] = ContextVar("shown_elsewhere", default=False)


def progress(total: int, unit: str = "step") -> tqdm:
    """A bar over `total` steps with steps per second and time left: `update()`, then `close()`."""
    return tqdm(total=total, unit=unit, disable=batch_mode() or shown_elsewhere.get())

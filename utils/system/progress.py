"""Progress bars that know who is watching: nobody in batch mode, a person in a notebook."""

from contextvars import ContextVar

from tqdm.auto import tqdm

from utils.system.device import batch_mode

# True while something else shows how far a computation is: `utils.live` has a bar of its own.
shown_elsewhere: ContextVar[bool] = ContextVar("shown_elsewhere", default=False)


def progress(total: int, unit: str = "image", done: int = 0) -> tqdm:
    """A bar with `unit`s per second and the time left: `update(n)`, then `close()`.

    `done` of `total` were there before, and do not count for the speed.
    """
    silent = batch_mode() or shown_elsewhere.get()
    return tqdm(total=total, initial=done, unit=unit, unit_scale=True, disable=silent)

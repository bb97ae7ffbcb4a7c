"""Ctrl-C and the system's request to end: a training hears them, and ends between two steps."""

import signal
import threading


class Interrupted(KeyboardInterrupt):
    """Ctrl-C, or the system's request to end; everything up to this step has been saved."""


class Interruptible:
    """Within `with`, Ctrl-C and SIGTERM only set `asked_to_stop`; a second one ends at once."""

    asked_to_stop = False

    def __enter__(self):
        self._before, self.asked_to_stop = {}, False
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGINT, signal.SIGTERM):
                if signal.getsignal(number) != signal.SIG_IGN:  # ignored ones stay ignored
                    self._before[number] = signal.signal(number, self._stop)
        return self

    def __exit__(self, *exception: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _stop(self, number: int, frame: object) -> None:
        if self.asked_to_stop:
            raise KeyboardInterrupt
        self.asked_to_stop = True

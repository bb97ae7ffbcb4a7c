"""What a value has to satisfy; values and expectations in words."""

import math
from itertools import pairwise
from typing import Any


def plain(value: object) -> object:
    """Numbers, strings, lists and dictionaries only, whatever library the value comes from."""
    if hasattr(value, "tolist"):  # NumPy, PyTorch, pandas
        return value.tolist()
    if isinstance(value, dict):
        return {str(name): plain(inner) for name, inner in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [plain(inner) for inner in value]
    return value


def satisfies(value: Any, expect: dict[str, Any]) -> bool:
    """Whether a plain value is what the one expectation says; `Claim` lists them."""
    match expect:
        case {"between": [low, high]}:
            values = value if isinstance(value, list) else [value]
            return bool(values) and all(low <= v <= high for v in values)
        case {"order": names}:
            return all(small < large for small, large in pairwise(value[name] for name in names))
        case {"contains": number}:
            return value[0] <= number <= value[1]
        case {"word": dict() as words}:
            return value.keys() == words.keys() and all(
                satisfies(value[name], {"word": word}) for name, word in words.items()
            )
        case {"word": word}:
            return f"{value} ".startswith(f"{word} ")
    return is_close(value, expect["equal"])


def is_close(a: object, b: object) -> bool:
    """Equal; numbers to nine digits, also inside lists and dictionaries."""
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(is_close(a[key], b[key]) for key in a)
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(map(is_close, a, b))
    if isinstance(a, (int, float)) and isinstance(b, (int, float)):
        return isinstance(a, bool) == isinstance(b, bool) and math.isclose(a, b, rel_tol=1e-9)
    return type(a) is type(b) and a == b


def format_expectation(expect: dict[str, Any]) -> str:
    """An expectation in words."""
    match expect:
        case {"between": limits}:
            return " to ".join(map(format_value, limits))
        case {"order": names}:
            return " < ".join(names)
        case {"contains": number}:
            return f"an interval around {format_value(number)}"
        case {"word": word}:
            return f"a difference that is {format_value(word)}"
    return format_value(expect["equal"])


def format_value(value: object, unit: str = "") -> str:
    """A value as a card shows it. `unit` follows it; before a yes or no it is the question."""
    match value:
        case bool():
            return f"{unit} {'yes' if value else 'no'}".lstrip()
        case int():
            text = f"{value:,}"
        case float():
            text = f"{value:.4g}"
        case dict():
            text = "; ".join(f"{name}: {format_value(inner)}" for name, inner in value.items())
        case list():
            rows = [v if isinstance(v, list) else [v] for v in value]
            text = ", ".join("×".join(map(format_value, row)) for row in rows) or "none"
        case _:
            text = str(value)
    return f"{text} {unit}".rstrip()

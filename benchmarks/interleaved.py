"""Time contenders in turn, round after round, so that a machine that slows down slows all of them."""

import statistics
import time


def measure(contenders, rounds, calls):
    """Seconds a call of each contender in each round: ``{name: [seconds, …]}``.

    Args:
        contenders: Function without arguments by name. Each is called once before the first round.
        rounds: How often all contenders take their turn.
        calls: Calls in one turn.
    """
    for call in contenders.values():
        call()
    seconds = {name: [] for name in contenders}
    for _ in range(rounds):
        for name, call in contenders.items():
            start = time.perf_counter()
            for _ in range(calls):
                call()
            seconds[name].append((time.perf_counter() - start) / calls)
    return seconds


def table(seconds, images, reference):
    """A Markdown table: images/s, and the speed relative to ``reference`` in the same round, with its spread."""
    rounds = len(seconds[reference])
    lines = [f"| | images/s, median of {rounds} | relative to {reference}: median (min … max) |", "|---|--:|--:|"]
    for name, times in seconds.items():
        ratios = [base / own for base, own in zip(seconds[reference], times, strict=True)]
        spread = f"{statistics.median(ratios):.2f} ({min(ratios):.2f} … {max(ratios):.2f})"
        lines.append(f"| {name} | {images / statistics.median(times):.0f} | {spread} |")
    return "\n".join(lines)

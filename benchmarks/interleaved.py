"""Time contenders in turn, round after round, so that a machine that slows down slows all of them."""

import statistics
import time


def measure(contenders, rounds, calls, clock=time.perf_counter):
    """Seconds a call of each contender in each round: ``{name: [seconds, …]}``.

    Args:
        contenders: Function without arguments by name. Each is called once before the first round.
        rounds: How often all contenders take their turn.
        calls: Calls in one turn.
        clock: Gives seconds.
    """
    for call in contenders.values():
        call()
    seconds = {name: [] for name in contenders}
    for _ in range(rounds):
        for name, call in contenders.items():
            start = clock()
            for _ in range(calls):
                call()
            seconds[name].append((clock() - start) / calls)
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


def table_by_operations(seconds, images, macs, reference):
    """A Markdown table with the multiply-accumulates of a picture too: speed and MAC/s relative to ``reference``."""
    lines = [
        f"| | MACs | images/s | relative to {reference} | for each MAC |",
        "|---|--:|--:|--:|--:|",
    ]
    for name, times in seconds.items():
        ratios = [base / own for base, own in zip(seconds[reference], times, strict=True)]
        share = macs[name] / macs[reference]
        spread, rate = (
            f"{scale * statistics.median(ratios):.2f} ({scale * min(ratios):.2f} … {scale * max(ratios):.2f})"
            for scale in (1, share)
        )
        pictures = images / statistics.median(times)
        lines.append(f"| {name} | {macs[name] / 1e6:.1f} M | {pictures:.0f} | {spread} | {rate} |")
    return "\n".join(lines)

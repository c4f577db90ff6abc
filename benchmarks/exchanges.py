"""Milliseconds of an all-reduce between two JAX processes by gloo on loopback: with a core each, and with both cores.

Each pair is started as any process is, and as ``zoo.training.joining`` does, so that its threads wait in turn.

    pip install -e . 'jax[cpu]' && python benchmarks/exchanges.py [--numbers 16] [--rounds 5] [--exchanges 100]

Each round is one execution of so many all-reduces of float32 numbers, each of which needs the one before. The pairs of
processes are started one after the other. Linux only (affinity).
"""

import argparse
import os
import socket
import statistics
import subprocess
import sys
import time

from zoo.training import joining

PLACES = {
    "a core each": (("0", "1"), False),
    "a core each, in turn": (("0", "1"), True),
    "both cores": (("0,1", "0,1"), False),
    "both cores, in turn": (("0,1", "0,1"), True),
}


def child(cores, in_turn, address, number, numbers, rounds, exchanges):
    """Prints the milliseconds of an exchange, a round a line."""
    os.sched_setaffinity(0, map(int, cores.split(",")))
    if in_turn == "True":
        joining.wait_in_turn()
    import jax

    jax.config.update("jax_cpu_collectives_implementation", "gloo")
    jax.distributed.initialize(address, 2, int(number))
    mesh, everywhere = jax.make_mesh((2,), ("device",)), jax.sharding.PartitionSpec()

    def exchange(x):
        for _ in range(int(exchanges)):
            x = jax.lax.psum(x, "device") / 2
        return x

    run = jax.jit(jax.shard_map(exchange, mesh=mesh, in_specs=everywhere, out_specs=everywhere, check_vma=False))
    x = jax.numpy.ones(int(numbers))
    run(x).block_until_ready()
    for _ in range(int(rounds)):
        start = time.perf_counter()
        run(x).block_until_ready()
        print("ms", 1000 * (time.perf_counter() - start) / int(exchanges), flush=True)


def measured(cores, in_turn, options):
    """The milliseconds that the first of two processes prints."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{listening.getsockname()[1]}"
    commands = [
        [sys.executable, __file__, "--child", own, str(in_turn), address, str(n), *options]
        for n, own in enumerate(cores)
    ]
    quiet = {"stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL, "text": True}
    first, second = [subprocess.Popen(command, **quiet) for command in commands]
    lines = first.communicate()[0].splitlines()
    second.communicate()
    assert first.returncode == second.returncode == 0, "a process has failed"
    return [float(line.split()[1]) for line in lines if line.startswith("ms ")]  # gloo prints, too


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--numbers", default="16")
    parser.add_argument("--rounds", default="5")
    parser.add_argument("--exchanges", default="100", help="in a round")
    parser.add_argument("--child", nargs=7, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.child:
        return child(*arguments.child)
    print("| two processes with | ms an all-reduce, median (min … max) |\n|---|--:|")
    for name, (cores, in_turn) in PLACES.items():
        found = measured(cores, in_turn, (arguments.numbers, arguments.rounds, arguments.exchanges))
        print(f"| {name} | {statistics.median(found):.2f} ({min(found):.2f} … {max(found):.2f}) |")


if __name__ == "__main__":
    main()

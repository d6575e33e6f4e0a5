"""Serve a sandbox until it is stopped: ``python -m factorialhr.testing``."""

from __future__ import annotations

import argparse
import signal
import sys
import threading
from collections.abc import Sequence
from types import FrameType

from factorialhr.testing.errors import SandboxError
from factorialhr.testing.sandbox import Sandbox


def main(arguments: Sequence[str] | None = None, stop: threading.Event | None = None) -> int:
    """Run the command.

    Args:
        arguments: The command line without the program's name.
        stop: Ends the server when set; without one, Ctrl-C and SIGTERM end it.
    """
    parser = argparse.ArgumentParser(prog="python -m factorialhr.testing", description="Serve a fake Factorial API.")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    parser.add_argument("--port", type=int, default=0, help="port to listen on (default: any that is free)")
    parser.add_argument("--employees", type=int, default=50, help="size of the company (default: %(default)s)")
    parser.add_argument(
        "--seed", type=int, default=7, help="the same seed gives the same company (default: %(default)s)"
    )
    parser.add_argument("--api-key", help="key to accept (default: one made from the seed)")
    parser.add_argument("--data", metavar="FILE", help="JSON file of lists to start with instead: {path: [records]}")
    options = parser.parse_args(arguments)
    try:
        sandbox = Sandbox(
            employees=options.employees,
            seed=options.seed,
            host=options.host,
            port=options.port,
            api_key=options.api_key,
        )
        if options.data is not None:
            sandbox.load(options.data)
        stopped = stop or _stopped_by_signal()
        with sandbox:
            print(f"Factorial sandbox: {sandbox.url}", flush=True)
            print(f"x-api-key: {sandbox.api_key}", flush=True)
            print(f"access token: {sandbox.access_token}", flush=True)
            stopped.wait()
    except SandboxError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


def _stopped_by_signal() -> threading.Event:
    stopped = threading.Event()

    def stop(_: int, __: FrameType | None) -> None:
        stopped.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)
    return stopped


if __name__ == "__main__":
    raise SystemExit(main())

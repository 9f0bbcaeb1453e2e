"""`make run`: the whole system on this machine, or a sync of your own shop with `--shop URL --credentials FILE`."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

INTERRUPTED = 130
ORIGINS = "http://localhost:3000,http://localhost:5173"
"""Where the development servers of Next.js and Vite serve."""


def main(arguments: list[str] | None = None) -> int:
    """Runs the command and returns its exit code; an error is printed as one sentence."""
    try:
        # The imports take a moment, in which Ctrl-C must work too.
        from local.signals import orderly_exit  # noqa: PLC0415

        with orderly_exit():
            return _run(_parse(arguments))
    except KeyboardInterrupt:
        print("\nInterrupted. All processes have ended; imported data is kept.", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        # The reader of our output has gone; without this, Python's own flush at exit fails again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1


def _parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make run", description=__doc__)
    parser.add_argument("--shop", help="the address of your own Magento (make run SHOP=…)")
    parser.add_argument("--credentials", help="a JSON file with its credentials (CREDENTIALS=…)")
    parser.add_argument("--domain", help="the website's domain, if it is not the shop's host (DOMAIN=…)")
    parser.add_argument("--dry", action="store_true", help="only show what would become of the orders (DRY=1)")
    parser.add_argument("--days", help="read the orders of so many days only, or `all` (DAYS=…)")
    parser.add_argument("--orders", type=_number, help="how many orders the demo's slow shop has (ORDERS=…)")
    parser.add_argument("--port", type=_number, help="the port of the HTTP API (PORT=…; default: the last one)")
    parser.add_argument("--origins", default=ORIGINS, help=f"whose pages may call it (ORIGINS=…; default: {ORIGINS})")
    parser.add_argument("--state", type=Path, default=Path(".local"), help="the folder of the database and the logs")
    return parser.parse_args(arguments)


def _number(text: str) -> int:
    """Returns the number; 0, which no option allows, for any other text."""
    return int(text) if text.isdecimal() else 0


def _run(options: argparse.Namespace) -> int:
    import psycopg  # noqa: PLC0415
    from botocore.exceptions import BotoCoreError  # noqa: PLC0415

    from local.demo.arguments import DEMO_ORDERS, check_arguments  # noqa: PLC0415
    from local.demo.demo import run_demo  # noqa: PLC0415
    from local.demo.display import console_for  # noqa: PLC0415
    from local.demo.real_shop import run_dry, run_real_shop  # noqa: PLC0415
    from local.demo.real_shop_arguments import real_shop  # noqa: PLC0415
    from local.errors import LocalStackError  # noqa: PLC0415
    from magento_sync.errors import OperatorError  # noqa: PLC0415

    try:
        check_arguments(options)
        serve = {"port": options.port, "origins": options.origins}
        if options.shop:
            shop = real_shop(options.shop, options.credentials, options.domain, options.days)
            if options.dry:
                return run_dry(console_for(), options.state / "own", shop)
            return run_real_shop(console_for(), options.state / "own", shop, **serve)
        return run_demo(console_for(), options.state, orders=options.orders or DEMO_ORDERS, **serve)
    except (LocalStackError, OperatorError) as error:
        reason = str(error)
    except BrokenPipeError:
        raise
    except (OSError, BotoCoreError, psycopg.Error) as error:
        detail = getattr(error, "strerror", None) or getattr(error, "sqlstate", None) or type(error).__name__
        reason = (
            f"A local service failed ({detail}). Check for free ports on 127.0.0.1 and free disk space, and that "
            f"{options.state} is writable; the logs are in {options.state / 'logs'}."
        )
    print(reason, file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())

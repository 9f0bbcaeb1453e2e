"""`make run`: the whole system on this machine, at work.

Run as `python -m local.run`, with `--shop URL --credentials FILE` for somebody's own shop.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

INTERRUPTED = 130


def main(arguments: list[str] | None = None) -> int:
    """Runs the command; returns its exit code. What is in the way is told in one sentence."""
    try:
        # Importing takes a moment, in which Ctrl-C may come, too.
        from local.demo.ending import orderly_end  # noqa: PLC0415

        with orderly_end():
            return _run(_parse(arguments))
    except KeyboardInterrupt:
        print("\nInterrupted: nothing is left running, and what was imported stays.", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever read our output has gone; so that Python does not stumble over that once more at its end:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1


def _parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make run", description=__doc__)
    parser.add_argument("--shop", help="the address of your own Magento (make run SHOP=…)")
    parser.add_argument("--credentials", help="a JSON file with its credentials (CREDENTIALS=…)")
    parser.add_argument("--domain", help="the website's domain, if not the shop's host (DOMAIN=…)")
    parser.add_argument("--state", type=Path, default=Path(".local"), help="where database and logs are kept")
    return parser.parse_args(arguments)


def _run(options: argparse.Namespace) -> int:
    import psycopg  # noqa: PLC0415
    from botocore.exceptions import BotoCoreError  # noqa: PLC0415

    from local.demo.demo import run_demo  # noqa: PLC0415
    from local.demo.display import console_for  # noqa: PLC0415
    from local.demo.real_shop import run_real_shop  # noqa: PLC0415
    from local.demo.real_shop_arguments import real_shop  # noqa: PLC0415
    from local.errors import LocalStackError  # noqa: PLC0415
    from magento_sync.errors import OperatorError  # noqa: PLC0415

    try:
        if options.shop and options.credentials:
            shop = real_shop(options.shop, options.credentials, options.domain)
            return run_real_shop(console_for(), options.state / "own", shop)
        if options.shop or options.credentials or options.domain:
            raise LocalStackError(  # noqa: TRY301 - told as any other
                "For your own shop give both SHOP and CREDENTIALS: make run SHOP=https://shop.example CREDENTIALS=file.json"
            )
        return run_demo(console_for(), options.state)
    except (LocalStackError, OperatorError) as error:
        reason = str(error)
    except BrokenPipeError:
        raise
    except OSError as error:
        reason = (
            f"This machine is in the way: {error.strerror or error}. Check for a free port on 127.0.0.1, free disk space, "
            f"and that {options.state} can be written."
        )
    except BotoCoreError as error:
        reason = (
            f"The local AWS services could not be reached ({type(error).__name__}). Check that there are free ports on 127.0.0.1 "
            f"and look into {options.state / 'logs'}."
        )
    except psycopg.Error as error:
        reason = (
            f"The database failed (SQLSTATE {error.sqlstate or 'none'}). Check that there are free ports on 127.0.0.1 and free disk "
            f"space; its log is in {options.state}."
        )
    print(reason, file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())

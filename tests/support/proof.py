"""How much the proofs try: a sample in `make test`, which must stay quick, and everything in `make proof`."""

from __future__ import annotations

import os

WHOLE = bool(os.environ.get("WHOLE_PROOF"))

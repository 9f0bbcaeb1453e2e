#!/bin/sh
# Creates .venv with the newest suitable interpreter and the pinned packages. make runs it in the project's folder.
set -eu

fail() {
    printf '%s\n' "$1" >&2
    exit 1
}

case "$PWD" in
*:*) fail "The path of this folder contains a colon, which Python cannot use in a search path: $PWD. Move the project to another folder." ;;
esac

# Of two commands at once, the second one waits, and then finds .venv ready.
if [ -z "${SETUP_HAS_LOCK:-}" ] && command -v flock >/dev/null; then
    SETUP_HAS_LOCK=1 exec flock . sh "$0"
fi
if [ .venv/ready -nt requirements/dev.txt ] && [ .venv/ready -nt "$0" ]; then
    exit 0
fi

# Prints "3013 /path/to/python" for a suitable interpreter: CPython 3.11 to 3.14 with venv.
describe() {
    "$1" -c '
import ensurepip, ssl, sys, venv
version = sys.version_info[:2]
if sys.implementation.name == "cpython" and (3, 11) <= version <= (3, 14):
    print(version[0] * 1000 + version[1], sys.executable)
' 2>/dev/null || true
}

if [ -n "${PYTHON:-}" ]; then
    best=$(describe "$PYTHON")
    [ -n "$best" ] || fail "PYTHON=$PYTHON is not CPython 3.11, 3.12, 3.13 or 3.14 with venv. Set PYTHON to another interpreter, or unset it."
else
    best=$(
        for candidate in python3.14 python3.13 python3.12 python3.11 python3 \
            "${PYENV_ROOT:-$HOME/.pyenv}"/versions/3.1[1-4]*/bin/python3; do
            describe "$candidate"
        done | sort -s -n -r -k 1,1 | head -n 1
    )
    [ -n "$best" ] || fail "No suitable Python found: install CPython 3.11, 3.12, 3.13 or 3.14 with venv, or set PYTHON: make PYTHON=/path/to/python3 run."
fi

# Runs a command, and prints a dot every two seconds.
with_dots() {
    "$@" &
    child=$!
    while sleep 2 && kill -0 "$child" 2>/dev/null; do
        printf . >&2
    done
    wait "$child"
}
trap 'kill "${child:-}" 2>/dev/null; exit 130' INT TERM

echo "Setting up .venv with ${best#* } (once)…" >&2
rm -rf .venv
with_dots "${best#* }" -m venv .venv || fail "The environment .venv cannot be created: see the lines above."
with_dots .venv/bin/python -m pip install -qq --no-compile --disable-pip-version-check --no-input --require-hashes -r requirements/dev.txt ||
    fail "The packages cannot be installed. Check the connection to your package index, then run the same command again."
echo >&2
touch .venv/ready

#!/bin/sh
# How does a fresh clone get its Python environment? `make setup` calls this: setup.sh <private folder> <uv version>
# Nothing outside the project is touched; uv itself lives in the private folder, at the version given.
set -eu
private=$1
uv_version=$2
suitable='import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))'

fail() {
    echo "setup: $1" >&2
    exit 1
}

find_python() {
    for candidate in python3.13 python3.12 python3.11 python3; do
        if "$candidate" -c "$suitable" 2>/dev/null; then
            "$candidate" -c 'import sys; print(sys.executable)'
            return
        fi
    done
    if python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
        fail "python3 has no venv module; install it, then repeat: sudo apt-get install python3-venv"
    fi
    fail "Python 3.11 or newer is needed; install it, then repeat: sudo apt-get install python3 python3-venv"
}

uv=$private/uv/bin/uv
if ! "$uv" --version 2>/dev/null | grep -qF "uv $uv_version"; then
    python=$(find_python)
    echo "setup: uv $uv_version into $private/uv"
    mkdir -p "$private"
    "$python" -m venv --clear "$private/uv"
    "$private/uv/bin/python" -m pip install --quiet --disable-pip-version-check "uv==$uv_version" ||
        fail "pip could not fetch uv $uv_version (its message is above); check the network and pip's configuration, then repeat"
fi

# An environment that works keeps its interpreter; uv would otherwise be free to build it anew with another.
if .venv/bin/python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
    python=.venv/bin/python
else
    python=$(find_python)
fi
echo "setup: packages into .venv"
unset VIRTUAL_ENV
# Compiled here once: else a dozen processes would compile the same modules at their first start.
UV_COMPILE_BYTECODE=1 UV_PROJECT_ENVIRONMENT=.venv "$uv" sync --quiet --frozen --all-packages --python "$python" ||
    fail "uv could not fill .venv (its message is above); check the network, then repeat"

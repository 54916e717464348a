#!/bin/sh
# Builds both archives and runs the program out of them in the ways that its users have: with uvx, with pipx, and from
# the source archive. Every home and every cache is new, so all that is used is fetched from the package index. Fetches
# uv and pipx too, into the same throw-away folder. Not part of CI, which needs no index for it: see
# tests/behaviour/test_installed.py.

set -eu

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
say() { printf '== %s\n' "$*"; }

say 'building'
hatchling build --directory "$work/dist"
wheel=$(echo "$work"/dist/*.whl)
source=$(echo "$work"/dist/*.tar.gz)

say 'fetching uv and pipx'
python3 -m venv "$work/tools"
"$work/tools/bin/python" -m pip install --quiet --disable-pip-version-check uv pipx

# Starts a command outside of the checkout, with a home and caches of its own that are empty. What this machine says of
# its package index and its certificates in variables stays.
elsewhere() {
  home=$work/home-$1
  shift
  mkdir -p "$home"
  (cd "$home" && env -u PYTHONPATH -u VIRTUAL_ENV -u PIP_CACHE_DIR -u UV_CACHE_DIR -u PIPX_HOME -u XDG_CACHE_HOME \
    -u XDG_DATA_HOME -u XDG_CONFIG_HOME -u GONKAGATE_API_KEY \
    HOME="$home" PATH="$work/tools/bin:/usr/bin:/bin" UV_PYTHON_DOWNLOADS=never "$@")
}

# Types a line of the README in an unpacked source archive. Not into a pipe: a demo that went wrong must end this.
typed() {
  say "$2"
  elsewhere "$1" sh -euc "cd '$work/unpacked'; $2" >"$work/said.txt"
  tail -n 3 "$work/said.txt"
}

mkdir "$work/unpacked"
tar -xzf "$source" -C "$work/unpacked" --strip-components 1

typed uvx-here 'uvx --from . mimo-code-setup demo'
typed pipx-here 'pipx run --spec . mimo-code-setup demo'
typed pipx-installed 'pipx install .'
typed pipx-installed '"$HOME/.local/bin/mimo-code-setup" demo'
typed uv-installed 'uv tool install .'
typed uv-installed '"$HOME/.local/bin/mimo-code-setup" demo'
typed uvx-wheel "uvx --from '$wheel' mimo-code-setup demo"
typed uvx-wheel "uvx --from '$wheel' gonkagate-mimo-code --version"
typed pipx-wheel "pipx run --spec '$wheel' mimo-code-setup demo"
typed pipx-source "pipx run --spec '$source' mimo-code-setup demo"

say 'all of them ran'

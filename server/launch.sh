#!/bin/sh
# Finds a Python for the doorman (launch.py, standard library only) and becomes it.
# Nothing is printed on stdout here: it carries the protocol.
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd -P) || exit 1

usable() {
    # Version managers put wrappers on PATH which fail when called: only a run tells.
    # The answer is the interpreter behind the wrapper, which starts faster.
    found=$("$1" -I -S -c 'import sys; print(sys.executable) if sys.version_info >= (3, 9) else sys.exit(1)' \
        2>/dev/null </dev/null) && [ -n "$found" ]
}

system=/usr/bin/python3 # needs no wrapper, and starts in a tenth of the time of one
if [ -x /usr/bin/xcode-select ] && ! /usr/bin/xcode-select -p >/dev/null 2>&1; then
    system= # without Apple's developer tools it is a window asking to install them
fi

for name in "${SW_ML_PYTHON:-}" "$system" python3 python3.13 python3.12 python3.11 python3.10 python3.9 python \
    /usr/local/bin/python3 /opt/homebrew/bin/python3 \
    "$HOME"/.local/bin/python3.1[1-9] "$HOME"/.local/share/uv/python/cpython-3.*/bin/python3 \
    "$HOME"/.pyenv/versions/3.*/bin/python3; do
    [ -n "$name" ] && path=$(command -v "$name" 2>/dev/null) || continue
    [ -n "$system" ] || [ "$path" != /usr/bin/python3 ] || continue
    usable "$path" && exec "$found" -I -S "$here/launch.py"
done

exec sh "$here/doorman/no-python.sh" "$here"

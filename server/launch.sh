#!/bin/sh
# Finds a Python for the doorman (launch.py, standard library only) and becomes it.
# Nothing is printed on stdout here: it carries the protocol.
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd -P) || exit 1

usable() {
    # Without Apple's developer tools /usr/bin/python3 is a window asking to install them.
    if [ "$1" = /usr/bin/python3 ] && [ -x /usr/bin/xcode-select ]; then
        /usr/bin/xcode-select -p >/dev/null 2>&1 || return 1
    fi
    # Version managers put wrappers on PATH which fail when called: only a run tells.
    # The answer is the interpreter behind the wrapper, which starts faster.
    found=$("$1" -I -S -c 'import sys; print(sys.executable) if sys.version_info >= (3, 9) else sys.exit(1)' \
        2>/dev/null </dev/null) && [ -n "$found" ]
}

for name in "${SW_ML_PYTHON:-}" python3 python3.13 python3.12 python3.11 python3.10 python3.9 python \
    /usr/bin/python3 /usr/local/bin/python3 /opt/homebrew/bin/python3 \
    "$HOME"/.local/bin/python3.1[1-9] "$HOME"/.local/share/uv/python/cpython-3.*/bin/python3 \
    "$HOME"/.pyenv/versions/3.*/bin/python3; do
    if [ -n "$name" ] && command -v "$name" >/dev/null 2>&1 && usable "$name"; then
        exec "$found" -I -S "$here/launch.py"
    fi
done

exec sh "$here/doorman/no-python.sh" "$here"

#!/bin/sh
# Prints the first Python here that is 3.11 or newer and can make virtual environments.
# PYTHON=/path/to/python chooses one. Says in one sentence what is missing otherwise.
found=""
for candidate in ${PYTHON:-python3 python3.14 python3.13 python3.12 python3.11 python}; do
    path=$(command -v "$candidate" 2>/dev/null) || continue
    version=$("$path" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null) || continue
    if ! "$path" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
        found="$found $path ($version)"
    elif ! "$path" -c 'import venv, ensurepip' 2>/dev/null; then
        found="$found $path ($version, without venv: on Debian install python3-venv)"
    else
        echo "$path"
        exit 0
    fi
done
echo "Outreach needs Python 3.11 or newer; found:${found:- none}." >&2
echo "Install one, or name it: make run PYTHON=/path/to/python3.11" >&2
exit 1

#!/usr/bin/env bash
# Makes .venv fit one pinned requirements file and this checkout: environment.sh REQUIREMENTS
# Safe to repeat and to interrupt: the stamp that lets the next run stop at once is written last, and says
# for which contents and for which folder it holds.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

requirements=$1
checkout=$(pwd -P)
venv=$checkout/.venv
stamp=$venv/.installed-$requirements

fail() {
    printf '%s\n' "$@" >&2
    exit 1
}

# The distribution's own first, where it is complete: it is built for speed, which one that was compiled on the machine
# often is not, and it gets the security updates.
find_python() {
    local python
    if /usr/bin/python3.11 -c 'import ensurepip, venv' 2>/dev/null; then
        echo /usr/bin/python3.11
        return
    fi
    for python in python3.11 python3; do
        if "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            command -v "$python"
            return
        fi
    done
    fail "Xinglin needs Python 3.11 or later (on Debian 12, as root: apt-get install python3 python3-venv)." \
        "需要 Python 3.11 或更高版本（Debian 12 上请以 root 身份执行：apt-get install python3 python3-venv）。"
}

ensure_venv_module() {
    "$1" -c 'import ensurepip, venv' 2>/dev/null && return
    if [[ $(id -u) == 0 ]] && command -v apt-get >/dev/null; then
        apt-get update
        DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends python3-venv
    fi
    "$1" -c 'import ensurepip, venv' 2>/dev/null ||
        fail "$1 cannot make virtual environments (on Debian, as root: apt-get install python3-venv)." \
            "$1 无法创建虚拟环境（Debian 上请以 root 身份执行：apt-get install python3-venv）。"
}

# Scripts in an environment name its folder: one that was moved here from elsewhere does not do.
venv_is_sound() {
    grep -qsxE "command = .* $venv" "$venv/pyvenv.cfg" && "$venv/bin/python" -m pip --version >/dev/null 2>&1
}

fingerprint() {
    printf '%s\n' "$checkout"
    sha256sum "$requirements" pyproject.toml deploy/setup/environment.sh
    "$venv/bin/python" --version
}

exec 9<. # one at a time in this checkout
flock 9

if venv_is_sound && [[ -f $stamp && $(<"$stamp") == "$(fingerprint)" ]]; then
    exit 0
fi

echo "Installing $requirements into .venv ..." >&2
if ! venv_is_sound; then
    python=$(find_python)
    ensure_venv_module "$python"
    "$python" -m venv --clear "$venv"
fi

pip=("$venv/bin/python" -m pip --disable-pip-version-check install --quiet)
"${pip[@]}" --require-hashes --requirement "$requirements"
"${pip[@]}" --no-index --no-deps --no-build-isolation --editable .
fingerprint >"$stamp.new"
mv "$stamp.new" "$stamp"

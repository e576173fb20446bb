#!/usr/bin/env bash
# Makes sure that the programs of PostgreSQL (13 or later), MariaDB, RabbitMQ, Prometheus, Chromium and nginx are
# installed, and a library that what drives Chromium needs.
# Starts nothing: the tests run private instances of their own (tests/servers, tests/browser).
set -euo pipefail
shopt -s nullglob

postgres_missing() {
    local initdb version
    for initdb in /usr/lib/postgresql/*/bin/initdb "$(command -v initdb || true)"; do
        version=$("$initdb" --version 2>/dev/null | grep -oE '[0-9]+' | head -n 1) || continue
        ((version >= 13)) && return 1
    done
    return 0
}

mariadb_missing() {
    [[ ! -x /usr/sbin/mariadbd ]] && ! command -v mariadbd >/dev/null
}

rabbitmq_missing() {
    [[ ! -x /usr/lib/rabbitmq/bin/rabbitmq-server ]] && ! command -v rabbitmq-server >/dev/null
}

prometheus_missing() {
    ! { command -v prometheus && command -v promtool; } >/dev/null
}

chromium_missing() {
    ! command -v chromium >/dev/null
}

# Playwright brings a Node.js that needs it. Where there is a compiler it is there, on a bare machine it is not.
libatomic_missing() {
    [[ $(/sbin/ldconfig -p) != *libatomic.so.1* ]]
}

nginx_missing() {
    [[ ! -x /usr/sbin/nginx ]] && ! command -v nginx >/dev/null
}

explain_and_leave() {
    cat >&2 <<TEXT
The tests need PostgreSQL (13 or later), MariaDB, RabbitMQ, Prometheus, Chromium, libatomic1 and nginx; not installed:
$*. They cannot be installed from here (that takes root and apt). On Debian, as root:   apt-get install $*
测试需要 PostgreSQL（13 或更高版本）、MariaDB、RabbitMQ、Prometheus、Chromium、libatomic1 和 nginx，尚未安装：$*。
此处无法自动安装（需要 root 权限和 apt）。
在 Debian 上请以 root 身份执行：   apt-get install $*
TEXT
    exit 1
}

# Debian starts a server as soon as it is installed, unless this file says no. One that is there already is
# the administrator's and stays.
forbid_service_starts() {
    local policy=/usr/sbin/policy-rc.d
    [[ -e $policy ]] && return
    trap "rm -f $policy" EXIT
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod 755 "$policy"
}

install_packages() {
    forbid_service_starts
    export DEBIAN_FRONTEND=noninteractive
    apt-get update
    apt-get install --yes --no-install-recommends "$@"
    # Nor at the next boot, what was installed here: who wants the system's own server enables it.
    if [[ -d /run/systemd/system ]]; then
        local package
        for package in "$@"; do
            [[ -v units[$package] ]] || continue
            # shellcheck disable=SC2086 # several units
            systemctl disable --quiet ${units[$package]} || true
        done
    fi
}

declare -A units=(
    [postgresql]=postgresql.service
    [mariadb-server]=mariadb.service
    [rabbitmq-server]="rabbitmq-server.service epmd.service epmd.socket"
    [prometheus]=prometheus.service
    [nginx]=nginx.service
)
missing=()
postgres_missing && missing+=(postgresql)
mariadb_missing && missing+=(mariadb-server)
rabbitmq_missing && missing+=(rabbitmq-server)
prometheus_missing && missing+=(prometheus)
chromium_missing && missing+=(chromium)
libatomic_missing && missing+=(libatomic1)
nginx_missing && missing+=(nginx)
((${#missing[@]})) || exit 0

[[ $(id -u) == 0 ]] && command -v apt-get >/dev/null || explain_and_leave "${missing[@]}"
install_packages "${missing[@]}"

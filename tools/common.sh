# Sourced by the scripts beside it: where the project is, how they speak, what the distribution is.

set -euo pipefail
unset CDPATH
project=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

say() { printf '%s\n' "$*"; }
warn() { printf '%s\n' "$*" >&2; }
fail() {
    printf 'error: %s\n' "$*" >&2
    exit 1
}

# distribution ID VERSION_CODENAME, as os-release names them; empty when there is no such file.
distribution() {
    local file
    for file in /etc/os-release /usr/lib/os-release; do
        if [ -r "$file" ]; then
            (. "$file" && printf '%s %s\n' "${ID:-unknown}" "${VERSION_CODENAME:-unknown}")
            return
        fi
    done
    say "unknown unknown"
}

# The installed version of a package, or nothing.
installed_version() {
    dpkg-query -W -f '${db:Status-Status} ${Version}\n' "$1" 2>/dev/null | sed -n 's/^installed //p' | head -n 1
}

# A prefix that makes a command run as root: nothing for root, sudo where it may be used.
as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    else
        # env, because sudo drops the variables that silence the package system.
        sudo env DEBIAN_FRONTEND=noninteractive "$@"
    fi
}

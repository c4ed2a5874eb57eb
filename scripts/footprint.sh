#!/usr/bin/env bash
# Measures what a user pays: crates that each set of features pulls in, the size of the package
# and of the README, lines of code. Exits with 1 if something is larger than it may be.
# Usage: scripts/footprint.sh
set -euo pipefail
cd "$(dirname "$0")/.."
export CARGO_TERM_COLOR=never
failed=0

# A figure, what it is of, and the most that it may be.
figure() { # WHAT VALUE LIMIT UNIT
    local verdict=
    if (($2 > $3)); then
        verdict=", TOO MUCH"
        failed=1
    fi
    printf '%-36s %8d %s (at most %d%s)\n' "$1" "$2" "$4" "$3" "$verdict"
}

# The crates of a set of features, this one included, each once.
crates() { # FEATURES
    cargo tree --locked --edges normal --features "$1" --prefix none | awk '{ print $1, $2 }' | sort -u
}

for limit in ":12" "serde:22" "fuzz:30" "cli:75"; do
    features=${limit%:*}
    list=$(crates "$features")
    figure "features: ${features:-none}" "$(wc -l <<<"$list")" "${limit#*:}" crates
    if grep '^wasm' <<<"$list"; then
        echo "features: ${features:-none}: these must not be there"
        failed=1
    fi
done

figure "README.md" "$(wc -c <README.md)" 12288 bytes
cargo package --quiet --locked --allow-dirty --no-verify 2>/dev/null
package=$(cargo pkgid | sed 's/.*[#@]//')
figure "packaged crate" "$(stat -c %s "${CARGO_TARGET_DIR:-target}/package/oom-sweep-$package.crate")" 1500000 bytes

for part in harness fuzzing subjects cli; do
    lines=$(find "src/$part" -name '*.rs' -exec cat {} + | wc -l)
    printf '%-36s %8d lines\n' "src/$part" "$lines"
done
exit "$failed"

#!/usr/bin/env bash
# Fuzzes every target for a short while, as many at a time as there are cores.
# Usage: scripts/fuzz-smoke.sh [SECONDS], 20 by default
set -euo pipefail
cd "$(dirname "$0")/.."

seconds=${1:-20}
targets=(fuzz/fuzz_targets/*.rs)
# The first run installs what is missing; then all are built before the clock starts.
scripts/fuzz.sh "$(basename -s .rs "${targets[0]}")" -runs=1 -verbosity=0
cargo +nightly fuzz build

fuzz() {
    local said
    if said=$(scripts/fuzz.sh "$1" -max_total_time="$2" -print_final_stats=1 -verbosity=0 2>&1); then
        echo "$1: $(grep -o 'number_of_executed_units: .*' <<<"$said"), no finding"
    else
        printf '%s\n%s: FAILED\n' "$said" "$1"
        return 1
    fi
}
export -f fuzz
basename -s .rs "${targets[@]}" |
    xargs -P "$(nproc)" -I '{}' bash -c 'set -euo pipefail; fuzz "$@"' fuzz '{}' "$seconds"

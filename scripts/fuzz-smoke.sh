#!/usr/bin/env bash
# Fuzzes every target for a short while, as many at a time as there are cores.
# Usage: scripts/fuzz-smoke.sh [SECONDS], 20 by default
set -euo pipefail
source "$(dirname "$0")/fuzzing.sh"

seconds=${1:-20}
# All are built before the clock starts.
"${cargo_fuzz[@]}" build "${quick[@]}"

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
printf '%s\n' "${targets[@]}" |
    xargs -P "$(nproc)" -I '{}' bash -c 'set -euo pipefail; fuzz "$@"' fuzz '{}' "$seconds"

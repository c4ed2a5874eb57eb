#!/usr/bin/env bash
# Fuzzes every target for a short while.
# Usage: scripts/fuzz-smoke.sh [SECONDS], 20 by default
set -euo pipefail
cd "$(dirname "$0")/.."

seconds=${1:-20}
for file in fuzz/fuzz_targets/*.rs; do
    target=$(basename -s .rs "$file")
    echo "fuzzing $target for $seconds s"
    scripts/fuzz.sh "$target" -max_total_time="$seconds" -print_final_stats=1 -verbosity=0
done

#!/usr/bin/env bash
# Measures what `cargo oom-sweep` adds to the tests themselves: on examples/adopter, built before,
# beside `cargo test`, in turns. Exits with 1 if it adds more than half a second.
# Usage: scripts/cargo-cost.sh [ROUNDS], 21 by default
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
rounds=${1:-21}
cargo build --release --quiet --features cli --bin cargo-oom-sweep
program=$PWD/${CARGO_TARGET_DIR:-target}/release/cargo-oom-sweep
temporary=$(mktemp -d)
trap 'rm -rf "$temporary"' EXIT
cd examples/adopter
export CARGO_TARGET_DIR=$temporary/target

tests() { cargo test --locked --no-fail-fast >"$temporary/printed" 2>&1; }
sweeps() { "$program" --locked >"$temporary/printed" 2>&1; }

milliseconds() { # COMMAND
    local begin=${EPOCHREALTIME/[.,]/}
    "$1" || { cat "$temporary/printed" >&2; exit 2; }
    echo $(((${EPOCHREALTIME/[.,]/} - begin) / 1000))
}

median() { # FILE
    sort -n "$1" | sed -n "$(((rounds + 1) / 2))p"
}

tests && sweeps
for ((round = 0; round < rounds; round++)); do
    milliseconds tests >>"$temporary/tests"
    milliseconds sweeps >>"$temporary/sweeps"
done
tests=$(median "$temporary/tests")
sweeps=$(median "$temporary/sweeps")
echo "medians of $rounds rounds: cargo test $tests ms, cargo oom-sweep $sweeps ms," \
    "ratio $(awk "BEGIN { printf \"%.2f\", $sweeps / $tests }"), more $((sweeps - tests)) ms (target 500)"
((sweeps - tests <= 500))

#!/usr/bin/env bash
# Fuzzes a target from its corpus until something is found, or as libFuzzer's options say.
# Usage: scripts/fuzz.sh TARGET [LIBFUZZER-OPTION…], as in scripts/fuzz.sh secondary_map -max_total_time=60
set -euo pipefail
cd "$(dirname "$0")/.."

if [[ $# -lt 1 || ! -f fuzz/fuzz_targets/$1.rs ]]; then
    echo "usage: scripts/fuzz.sh TARGET [LIBFUZZER-OPTION…]; targets:" >&2
    basename -s .rs fuzz/fuzz_targets/*.rs >&2
    exit 2
fi
target=$1
shift

if ! cargo +nightly --version >/dev/null 2>&1; then
    echo "cargo fuzz needs a nightly toolchain: rustup toolchain install nightly" >&2
    exit 2
fi
if ! cargo fuzz --version >/dev/null 2>&1; then
    cargo install cargo-fuzz --locked
fi

# Longer inputs, such as real modules, cost seconds each; sweeps are for them.
# New inputs go to the first folder, which git ignores; the committed corpus is only read.
mkdir -p "fuzz/corpus/$target"
exec cargo +nightly fuzz run "$target" "fuzz/corpus/$target" "corpus/$target" -- \
    -timeout=30 -max_len=4096 "$@"

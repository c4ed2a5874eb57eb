#!/usr/bin/env bash
# Fuzzes a target from its corpus until something is found, or as libFuzzer's options say.
# Usage: scripts/fuzz.sh TARGET [LIBFUZZER-OPTION…], as in scripts/fuzz.sh secondary_map -max_total_time=60
set -euo pipefail
source "$(dirname "$0")/fuzzing.sh"

if [[ $# -lt 1 || ! -f fuzz/fuzz_targets/$1.rs ]]; then
    echo "usage: scripts/fuzz.sh TARGET [LIBFUZZER-OPTION…]; targets:" "${targets[@]}" >&2
    exit 2
fi
target=$1
shift

dictionary=fuzz/dictionaries/$target.dict
[[ ! -f $dictionary ]] || options+=("-dict=$dictionary")
# New inputs go to the first folder, which git ignores; the committed corpus is only read.
mkdir -p "fuzz/corpus/$target"
exec "${cargo_fuzz[@]}" run "${quick[@]}" "$target" "fuzz/corpus/$target" "corpus/$target" -- "${options[@]}" "$@"

#!/usr/bin/env bash
# Builds the fuzz targets as ClusterFuzzLite and OSS-Fuzz do, but for their containers, and tries
# each on an input of its archive. Exits with 1 if one does not work.
# Usage: scripts/fuzz-build.sh [OUT], by default a folder that is removed again
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
temporary=$(mktemp -d)
trap 'rm -rf "$temporary"' EXIT
out=${1:-$temporary/out}
mkdir -p "$out" "$temporary/src" "$temporary/inputs" "$temporary/elsewhere"
out=$(cd "$out" && pwd)
ln -s "$root" "$temporary/src/oom-sweep"
cp "$root/.clusterfuzzlite/build.sh" "$temporary/src/"

export SRC=$temporary/src OUT=$out SANITIZER=${SANITIZER:-address} FUZZING_ENGINE=libfuzzer
bash "$SRC/build.sh"

# Where they will run, there is nothing but what is in OUT.
cd "$temporary/elsewhere"
failed=0
for options in "$out"/*.options; do
    fuzzer=${options%.options}
    target=${fuzzer##*/}
    inputs=$temporary/inputs/$target
    unzip -q "${fuzzer}_seed_corpus.zip" -d "$inputs"
    input=$(find "$inputs" -type f | sort | sed -n 1p)
    mapfile -t arguments < <(sed -n 's/^\([a-z_]*\) = /-\1=/p' "$options")
    if said=$("$fuzzer" "${arguments[@]}" -runs=1 "$input" 2>&1) &&
        [[ $said == *"inline 8-bit counters"*"Executed $input"* ]]; then
        echo "$target: works, $(find "$inputs" -type f | wc -l) seeds"
    else
        printf '%s\n%s: FAILED\n' "$said" "$target"
        failed=1
    fi
done
exit "$failed"

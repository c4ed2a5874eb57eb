#!/usr/bin/env bash
# Builds every fuzz target for ClusterFuzzLite and for OSS-Fuzz, which both run it in a container:
# each goes to $OUT, with TARGET_seed_corpus.zip, TARGET.options and its TARGET.dict, if it has one,
# beside it. Relies on
#   SRC              the folder that the checkout is in, under the name oom-sweep
#   OUT              a folder
#   SANITIZER        address, none, or coverage for reports of what is reached
#   FUZZING_ENGINE   libfuzzer
# Without containers, scripts/fuzz-build.sh runs it.
set -euo pipefail

trouble() {
    echo "build.sh: $*" >&2
    exit 2
}

for name in SRC OUT SANITIZER FUZZING_ENGINE; do
    [[ -n ${!name:-} ]] || trouble "$name is not set: the head of this script says what it is"
done
[[ $FUZZING_ENGINE == libfuzzer ]] ||
    trouble "FUZZING_ENGINE is $FUZZING_ENGINE: Rust is fuzzed with libfuzzer only"
case $SANITIZER in
address | none) sanitizer=$SANITIZER ;;
coverage)
    sanitizer=none
    # The images say so themselves.
    [[ ${RUSTFLAGS:-} == *instrument-coverage* ]] ||
        export RUSTFLAGS="${RUSTFLAGS:-} -Cinstrument-coverage"
    ;;
undefined) trouble "SANITIZER is undefined: rustc has none of that name; address has debug assertions on" ;;
*) trouble "SANITIZER is $SANITIZER: these targets are built with address, none or coverage" ;;
esac
[[ -d $SRC/oom-sweep ]] || trouble "$SRC/oom-sweep is missing: SRC is the folder that the checkout is in"
[[ -d $OUT ]] || trouble "$OUT is no folder: OUT is where the fuzzers go"
command -v zip >/dev/null || trouble "there is no zip here; install it"
OUT=$(cd "$OUT" && pwd)
source "$SRC/oom-sweep/scripts/fuzzing.sh"

"${cargo_fuzz[@]}" build "${quick[@]}" --sanitizer "$sanitizer"

for target in "${targets[@]}"; do
    cp "$(built "$target")" "$OUT/"
    cp fuzz/libfuzzer.options "$OUT/$target.options"
    dictionary=fuzz/dictionaries/$target.dict
    [[ ! -f $dictionary ]] || cp "$dictionary" "$OUT/"
    archive=$OUT/${target}_seed_corpus.zip
    rm -f "$archive"
    # The engines would cut off what is longer.
    seeds=$(cd "corpus/$target" &&
        find . -type f -size "-$((longest + 1))c" ! -name '.*' ! -name README.md | sort)
    [[ -n $seeds ]] || trouble "corpus/$target holds no seed of at most $longest bytes: add one"
    (cd "corpus/$target" && zip -q -X -@ "$archive" <<<"$seeds")
done
echo "build.sh: ${#targets[@]} fuzz targets with their seeds and options are in $OUT"

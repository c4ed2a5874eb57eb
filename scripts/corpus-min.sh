#!/usr/bin/env bash
# Takes what fuzzing has found into the corpus: the fewest inputs that reach what the hand-made
# seeds and the regressions do not, as corpus/TARGET/fuzzed-HASH.bin, in the place of those that
# were taken before.
# Usage: scripts/corpus-min.sh [TARGET…], by default all
#
# It chooses anew from fuzz/corpus/TARGET, where scripts/fuzz.sh leaves its inputs, and from those
# taken before; seeds and regressions are only read. CI sweeps each, so what is taken is short
# (longer ones are cut), is an input of the target, and is swept clean, every request, in the time
# below. Which program sweeps, says scripts/program.sh.
# Exits with 1 if something is found on the way; that input goes to fuzz/artifacts/TARGET.
set -euo pipefail
source "$(dirname "$0")/fuzzing.sh"
source scripts/program.sh

most_bytes=$((500 * 1024)) # of a target's, in all
most_files=30
short=512 # bytes
time_budget=200ms

temporary=$(mktemp -d)
trap 'rm -rf "$temporary"' EXIT

# Leaves in a folder, under their hashes, the inputs that libFuzzer chooses.
choose() { # TARGET CHOSEN
    local target=$1 reached=$temporary/$1/reached before=$temporary/$1/before
    mkdir -p "$reached" "$before" "$2" "fuzz/corpus/$target"
    find "corpus/$target" -name 'fuzzed-*.bin' -exec cp -t "$before" {} +
    # What is in the first folder is kept, and what it reaches need not be reached again. To have
    # reached a branch counts; to have passed it more often does not.
    find "corpus/$target" -type f ! -name 'fuzzed-*.bin' -size "-$((longest + 1))c" \
        -exec cp --parents -t "$reached" {} +
    "${cargo_fuzz[@]}" run "$target" "$reached" "$before" "fuzz/corpus/$target" -- "${options[@]}" \
        -max_len="$short" -use_counters=0 -set_cover_merge=1 >"$temporary/$target/said" 2>&1 || {
        cat "$temporary/$target/said" >&2
        return 1
    }
    # libFuzzer starts again after an input that ends it.
    if ! grep -q 'successful in 1 attempt' "$temporary/$target/said"; then
        echo "$target: inputs that ended the fuzzer are left out; look at fuzz/artifacts/$target" >&2
        failed=1
    fi
    find "$reached" -maxdepth 1 -type f -exec mv -t "$2" {} +
}

# Sweeps the chosen, the smallest first, and moves what may be taken to a folder.
sift() { # TARGET CHOSEN TAKEN
    local target=$1 bytes=0 files=0 size input status said name
    local -A left=([slow]=0 [many]=0 [none]=0)
    mkdir -p "$3"
    while read -r size input; do
        name=fuzzed-$(sha1sum "$input" | head -c 16).bin
        if ((files == most_files || bytes + size > most_bytes)); then
            ((left[many] += 1))
            continue
        fi
        status=0
        said=$("${program[@]}" sweep "$target" --input "$input" --time-budget "$time_budget" 2>&1) ||
            status=$?
        case $status:$said in
        0:*)
            mv "$input" "$3/$name"
            ((files += 1, bytes += size))
            ;;
        1:*)
            mkdir -p "fuzz/artifacts/$target"
            mv "$input" "fuzz/artifacts/$target/$name"
            printf '%s\n%s: a finding with fuzz/artifacts/%s\n' "$said" "$target" "$target/$name" >&2
            failed=1
            ;;
        2:*"cannot read it"* | 2:*"it is empty"*) ((left[none] += 1)) ;;
        3:*) ((left[slow] += 1)) ;;
        *)
            printf '%s\n' "$said" >&2
            exit "$status"
            ;;
        esac
    done < <(find "$2" -type f -printf '%s %p\n' | sort -n)
    echo "$target: $files inputs of $bytes bytes taken; left out: ${left[many]} for want of room," \
        "${left[slow]} that take more than $time_budget to sweep, ${left[none]} that the target cannot read"
}

[[ $# -gt 0 ]] || set -- "${targets[@]}"
for target; do
    [[ -f fuzz/fuzz_targets/$target.rs ]] || {
        echo "corpus-min.sh: $target is no fuzz target; these are:" "${targets[@]}" >&2
        exit 2
    }
done
failed=0
for target; do
    choose "$target" "$temporary/$target/chosen"
    sift "$target" "$temporary/$target/chosen" "$temporary/$target/taken"
    rm -f "corpus/$target"/fuzzed-*.bin
    find "$temporary/$target/taken" -type f -exec cp -t "corpus/$target" {} +
done
exit "$failed"

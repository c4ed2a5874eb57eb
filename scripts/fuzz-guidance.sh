#!/usr/bin/env bash
# Measures what guidance is worth: how many executions libFuzzer takes to find each planted fault
# (tests/planted),
#   sites   as every fuzz target of this project is built
#   code    without the counters of failed sites
#   blind   without them, and with one plan at random instead of those of the input
# Usage: scripts/fuzz-guidance.sh [SEEDS [FAULT…]], by default 20 seeds and all faults
#
# As a target with a corpus, each begins with a few inputs, here of 64 bytes at random; the three
# are given the same. Operations make 8 requests that they survive before what they are about.
# Prints a row a fault: the median executions of each and their ratios, and the ratio of the time
# that blind and sites took of a core. A run ends after two minutes of a core's time; code and blind
# also after 10 times the median of sites. Runs that end without the finding count as longer than
# the others, so a median may be `>` something.
# Logs go to fuzz/artifacts/guidance. Exits with 1 if sites misses a fault in most of its runs.
set -euo pipefail
source "$(dirname "$0")/fuzzing.sh"

seeds=${1:-20}
[[ $seeds =~ ^[1-9][0-9]*$ ]] || {
    echo "usage: scripts/fuzz-guidance.sh [SEEDS [FAULT…]]" >&2
    exit 2
}
shift || true
"${cargo_fuzz[@]}" build planted
planted=$(built planted)
logs=fuzz/artifacts/guidance
mkdir -p "$logs"
[[ $# -gt 0 ]] || mapfile -t all < <(PLANTED=list "$planted" -runs=0 -artifact_prefix="$logs/" 2>&1 | sed -n 's/^planted: //p')
[[ $# -eq 0 ]] || all=("$@")

# Eight inputs at random, always the same for a seed.
begin() { # FOLDER SEED
    local input bytes
    rm -rf "$1" && mkdir -p "$1"
    for input in {1..8}; do
        bytes=$(sha512sum <<<"$2 $input" | sed 's/ .*//; s/../\\x&/g')
        # shellcheck disable=SC2059
        printf "$bytes" >"$1/$input"
    done
}

# Prints how many executions it took, and seconds of a core; nothing if it found nothing.
search() { # PLANTED LOGS FAULT GUIDANCE RUNS SEED
    local log=$2/$3-$4-$6.txt corpus=$2/$3-$4-$6 status=0 seconds runs
    begin "$corpus" "$6"
    (
        ulimit -t 120
        PLANTED=$3 PLANTED_GUIDANCE=$4 PLANTED_SEED=$6 PLANTED_ROUTINE=8 exec "$1" "$corpus" \
            -seed="$6" -runs="$5" -max_len=128 -print_final_stats=1 -artifact_prefix="$corpus-"
    ) >"$log" 2>&1 || status=$?
    times >"$corpus/times"
    seconds=$(awk 'NR == 2 { split($1, t, "[ms]"); print 60 * t[1] + t[2] }' "$corpus/times")
    rm -r "$corpus"
    # Out of time, it says nothing about executions.
    runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
    [[ $status -eq 0 || -z $runs ]] || echo "$runs $seconds"
}
export -f begin search

# The median; of runs without a finding, what they all went beyond.
median() { # COLUMN BEYOND, with rows on the standard input
    sort -g -k "$1,$1" | awk -v column="$1" -v seeds="$seeds" -v beyond="$2" \
        '{ found[NR] = $column } END { at = int((seeds + 1) / 2); print at in found ? found[at] : ">" beyond }'
}

ratio() { # OTHER OF-SITES
    awk -v a="${1#>}" -v b="$2" -v beyond="${1%%[0-9]*}" \
        'BEGIN { if (a == "" || b == 0) print "–"; else printf "%s%.1f", beyond, a / b }'
}

missed=0
echo "| fault | sites | found | code | blind | code : sites | blind : sites | in time |"
echo "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |"
for fault in "${all[@]}"; do
    declare -A at=() seconds=()
    most=100000000
    for guidance in sites code blind; do
        results=$(seq "$seeds" | xargs -P "$(nproc)" -I '{}' bash -c 'search "$@"' search \
            "$planted" "$logs" "$fault" "$guidance" "$most" '{}')
        at[$guidance]=$(median 1 "$most" <<<"$results")
        seconds[$guidance]=$(median 2 "" <<<"$results")
        if [[ $guidance == sites ]]; then
            found=$(grep -c . <<<"$results" || true)
            [[ ${at[sites]} != ">"* ]] || break
            most=$((10 * at[sites]))
        fi
    done
    if [[ ${at[sites]} == ">"* ]]; then
        missed=1
        echo "| \`$fault\` | not in two minutes | $found of $seeds | | | | | |"
        continue
    fi
    echo "| \`$fault\` | ${at[sites]} | $found of $seeds | ${at[code]} | ${at[blind]} |" \
        "$(ratio "${at[code]}" "${at[sites]}") | $(ratio "${at[blind]}" "${at[sites]}") |" \
        "$(ratio "${seconds[blind]}" "${seconds[sites]}") |"
done
exit "$missed"

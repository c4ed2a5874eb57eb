#!/usr/bin/env bash
# Measures what guidance is worth: how many executions libFuzzer takes to find each planted fault
# (tests/planted), from nothing,
#   sites   as every fuzz target of this project is built
#   code    without the counters of failed sites
#   blind   without them, and with the plan at random instead of from the input
# Usage: scripts/fuzz-guidance.sh [SEEDS [FAULT…]], by default 20 seeds and all faults
#
# Prints a row a fault: the median executions of each and their ratios. The three are given the
# same seeds. A run ends after two minutes of a core's time; code and blind also after 50 times
# the median of sites. Runs that end without the finding count as longer than the others, so a median
# may be `>` something.
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

# Prints how many executions it took, or nothing if it found nothing.
search() { # PLANTED LOGS FAULT GUIDANCE RUNS SEED
    local log=$2/$3-$4-$6.txt status=0
    (
        ulimit -t 120
        PLANTED=$3 PLANTED_GUIDANCE=$4 PLANTED_SEED=$6 exec "$1" -seed="$6" -runs="$5" \
            -max_len=4096 -print_final_stats=1 -artifact_prefix="$2/$3-$4-$6-"
    ) >"$log" 2>&1 || status=$?
    # Out of time, it prints no such line.
    ((status == 0)) || sed -n 's/^stat::number_of_executed_units: *//p' "$log"
}
export -f search

# The median; of runs without a finding, what they all went beyond.
median() { # RUNS, numbers on the standard input
    sort -n | awk -v seeds="$seeds" -v runs="$1" \
        '{ found[NR] = $1 } END { at = int((seeds + 1) / 2); print at in found ? found[at] : ">" runs }'
}

ratio() { # MEDIAN OF-SITES
    awk -v a="${1#>}" -v b="$2" -v beyond="${1%%[0-9]*}" 'BEGIN { printf "%s%.1f", beyond, a / b }'
}

missed=0
echo "| fault | sites | found | code | blind | code : sites | blind : sites |"
echo "| --- | ---: | ---: | ---: | ---: | ---: | ---: |"
for fault in "${all[@]}"; do
    declare -A at=()
    most=100000000
    for guidance in sites code blind; do
        results=$(seq "$seeds" | xargs -P "$(nproc)" -I '{}' bash -c 'search "$@"' search \
            "$planted" "$logs" "$fault" "$guidance" "$most" '{}')
        at[$guidance]=$(median "$most" <<<"$results")
        if [[ $guidance == sites ]]; then
            found=$(grep -c . <<<"$results" || true)
            [[ ${at[sites]} != ">"* ]] || break
            most=$((50 * at[sites]))
        fi
    done
    if [[ ${at[sites]} == ">"* ]]; then
        missed=1
        echo "| \`$fault\` | not in two minutes | $found of $seeds | | | | |"
        continue
    fi
    echo "| \`$fault\` | ${at[sites]} | $found of $seeds | ${at[code]} | ${at[blind]} |" \
        "$(ratio "${at[code]}" "${at[sites]}") | $(ratio "${at[blind]}" "${at[sites]}") |"
done
exit "$missed"

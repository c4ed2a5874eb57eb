#!/usr/bin/env bash
# Sweeps this machine's share of the plans, and leaves its report in a folder.
# Usage: scripts/sweep-shard.sh [--shard K/N] DIR [SWEEP-ARGUMENT…]
#        scripts/sweep-shard.sh [--shard K/N] DIR -- COMMAND…
#
# The first form runs `oom-sweep sweep` and exits with 0 once the report is written, whatever
# was found: what a sweep has come to, the merge says (scripts/merge-shards.sh), and an engine
# that starts failed jobs again has no reason to. The second form runs tests or any other program
# with sweeps in it, and exits as that does.
#
# Which share it is, is said by the first of these that is there:
#   --shard K/N                          K counts from 1
#   OOM_SWEEP_SHARD=K/N                  e.g. from a GitHub Actions matrix
#   SLURM_ARRAY_TASK_ID, _MIN, _COUNT    Slurm's array jobs set them
#   JOB_COMPLETION_INDEX, JOB_COMPLETIONS
#                                        Kubernetes sets the first in Indexed Jobs, counted from 0;
#                                        the second, how many there are, the manifest has to set
# Which program that is, says scripts/program.sh.
set -euo pipefail

trouble() {
    echo "sweep-shard.sh: $*" >&2
    exit 2
}

number() { # NAME VALUE: the value in plain digits, or a clear end
    [[ $2 =~ ^[0-9]{1,9}$ ]] || trouble "$1 is ${2:-empty}, not a number"
    echo "$((10#$2))"
}

shard=${OOM_SWEEP_SHARD:-}
if [[ ${1:-} == --shard ]]; then
    shard=${2:-}
    [[ -n $shard ]] || trouble "--shard needs K/N, as in --shard 2/8"
    shift 2
elif [[ -n $shard ]]; then
    :
elif [[ -n ${SLURM_ARRAY_TASK_ID:-} ]]; then
    id=$(number SLURM_ARRAY_TASK_ID "$SLURM_ARRAY_TASK_ID")
    min=$(number SLURM_ARRAY_TASK_MIN "${SLURM_ARRAY_TASK_MIN:-}")
    max=$(number SLURM_ARRAY_TASK_MAX "${SLURM_ARRAY_TASK_MAX:-}")
    count=$(number SLURM_ARRAY_TASK_COUNT "${SLURM_ARRAY_TASK_COUNT:-}")
    ((max - min + 1 == count)) ||
        trouble "the array has gaps ($count tasks from $min to $max): use --array=1-N"
    shard=$((id - min + 1))/$count
elif [[ -n ${JOB_COMPLETION_INDEX:-} ]]; then
    index=$(number JOB_COMPLETION_INDEX "$JOB_COMPLETION_INDEX")
    [[ -n ${JOB_COMPLETIONS:-} ]] ||
        trouble "JOB_COMPLETIONS is not set: give the container the Job's .spec.completions in it"
    shard=$((index + 1))/$(number JOB_COMPLETIONS "$JOB_COMPLETIONS")
else
    trouble "which share? Say --shard K/N or OOM_SWEEP_SHARD=K/N; neither Slurm nor Kubernetes says"
fi
[[ $shard =~ ^([0-9]{1,9})/([0-9]{1,9})$ ]] || trouble "shard $shard: expected K/N, as in 2/8"
k=$((10#${BASH_REMATCH[1]})) n=$((10#${BASH_REMATCH[2]}))
((k >= 1 && k <= n)) || trouble "shard $shard: there are shares 1 to $n"

[[ $# -ge 1 && $1 != -* ]] ||
    trouble "usage: scripts/sweep-shard.sh [--shard K/N] DIR [SWEEP-ARGUMENT…|-- COMMAND…]"
folder=$1
shift
mkdir -p "$folder"

if [[ ${1:-} == -- ]]; then
    shift
    [[ $# -ge 1 ]] || trouble "no command after --"
    # Tests may run in any folder.
    OOM_SWEEP_SHARD=$k/$n OOM_SWEEP_REPORT_DIR=$(cd "$folder" && pwd) exec "$@"
fi

source "$(dirname "$0")/program.sh"

# The shard is said once, by argument; the file is new, should this be the second try.
unset OOM_SWEEP_SHARD
report=$folder/shard-$k-of-$n.json
rm -f "$report"
status=0
"${program[@]}" sweep "$@" --shard "$k/$n" --json "$report" || status=$?
case $status in
0 | 1 | 3)
    [[ -s $report ]] || trouble "the sweep exited with $status, but wrote no $report"
    echo "sweep-shard.sh: shard $k/$n is done (exit code $status); merge the folder $folder"
    ;;
*)
    exit "$status"
    ;;
esac

#!/usr/bin/env bash
# Sweeps on a Slurm cluster: an array of jobs, a share each, and then a job that merges.
# Usage, in a checkout that all nodes see: scripts/slurm-array.sh N DIR [SBATCH-OPTION…]
# As in: scripts/slurm-array.sh 16 /scratch/me/sweep --partition=short --time=30
#
# The reports go to DIR, and so does the jobs' output. The merged report is DIR/merged/report.json;
# the merge job's exit code is what the sweep has come to. OOM_SWEEP_BIN is handed on; build it
# before (`cargo build --release`), or every node will.
set -euo pipefail

if [[ $# -lt 2 || ! $1 =~ ^[1-9][0-9]{0,4}$ || $2 == -* ]]; then
    echo "slurm-array.sh: usage: scripts/slurm-array.sh N DIR [SBATCH-OPTION…]" >&2
    exit 2
fi
if ! command -v sbatch >/dev/null; then
    echo "slurm-array.sh: there is no sbatch here: run this where jobs are submitted" >&2
    exit 2
fi
shards=$1
shift
mkdir -p "$1/logs" "$1/shards" "$1/merged"
folder=$(cd "$1" && pwd)
shift
here=$(cd "$(dirname "$0")" && pwd)
quote() {
    printf '%q ' "$@"
}

array=$(
    sbatch --parsable --job-name=oom-sweep --array="1-$shards" --export=ALL \
        --output="$folder/logs/shard-%a.txt" "$@" \
        --wrap="$(quote bash "$here/sweep-shard.sh" "$folder/shards")"
)
array=${array%%;*} # with several clusters: JOB;CLUSTER
# Whatever became of the shards: a missing one is for the merge to tell.
merge=$(
    sbatch --parsable --job-name=oom-sweep-merge --dependency="afterany:$array" --export=ALL \
        --output="$folder/logs/merge.txt" "$@" \
        --wrap="$(quote bash "$here/merge-shards.sh" "$folder/shards" "$folder/merged/report.json")"
)
echo "array job $array, then merge job ${merge%%;*}; look at $folder/logs/merge.txt"

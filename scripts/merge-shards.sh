#!/usr/bin/env bash
# Joins the reports of all shards, and exits as an undivided sweep would: 0 clean, 1 new findings,
# 2 trouble such as a missing shard, 3 nothing found but not every plan ran.
# Usage: scripts/merge-shards.sh DIR [OUT.json]
#
# Under GitHub Actions, what is printed is the job's summary too.
# Which program that is, says scripts/program.sh.
set -euo pipefail

if [[ $# -lt 1 || $# -gt 2 || ! -d $1 ]]; then
    echo "merge-shards.sh: usage: scripts/merge-shards.sh DIR [OUT.json], with the folder that" \
        "the shards' reports are in" >&2
    exit 2
fi
arguments=(merge "$1")
if [[ -n ${2:-} ]]; then
    arguments+=(--json "$2")
fi

source "$(dirname "$0")/program.sh"

if [[ -z ${GITHUB_STEP_SUMMARY:-} ]]; then
    exec "${program[@]}" "${arguments[@]}"
fi
status=0
said=$("${program[@]}" "${arguments[@]}" 2>&1) || status=$?
echo "$said"
# Four backticks, should a report have three in it.
# shellcheck disable=SC2016
printf '## oom-sweep\n\n````text\n%s\n````\n' "$said" >>"$GITHUB_STEP_SUMMARY"
exit "$status"

#!/usr/bin/env bash
# Measures what the harness costs a fuzzer: how fast the inputs of the corpus are executed as the
# fuzz targets do it, without the faults, and bare, in a build as for libFuzzer.
# Usage: scripts/fuzz-speed.sh [TARGET…], by default all
set -euo pipefail
source "$(dirname "$0")/fuzzing.sh"

"${cargo_fuzz[@]}" build speed
exec "$(built speed)" "$@"

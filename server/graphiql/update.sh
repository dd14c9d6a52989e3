#!/bin/bash
# Refreshes the vendored GraphiQL in static/ from the npm registry: `server/graphiql/update.sh` (needs npm, python3).
#
# The versions are pinned here. GraphiQL 4 is the last major whose ready-made browser build has CodeMirror inside it;
# 5 has Monaco, with web workers and several megabytes. React 18 is the last with browser builds.
# To move to another version: change it below, delete its line in CHECKSUMS, run, look at the page, and commit.
set -euo pipefail

readonly graphiql=4.1.2 react=18.3.1
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# take NAME VERSION: unpacks a package into $work/NAME.
take() {
    (cd "$work" && npm pack --silent --ignore-scripts "$1@$2" >/dev/null)
    mkdir "$work/$1"
    tar -xzf "$work/$1-$2.tgz" -C "$work/$1" --strip-components=1
}

# Text ends with one newline, and asks for no source map (none is shipped).
copy() {
    # shellcheck disable=SC1003
    { sed '/^\/\/# sourceMappingURL=/d; /^\/\*# sourceMappingURL=.*\*\/$/d' "$1" | sed -e '$a\'; } >"$here/static/$2"
}

take graphiql "$graphiql"
take react "$react"
take react-dom "$react"

mkdir -p "$here/static"
copy "$work/react/umd/react.production.min.js" react.js
copy "$work/react-dom/umd/react-dom.production.min.js" react-dom.js
copy "$work/graphiql/graphiql.min.js" graphiql.js
# Three quarters of the style sheet are embedded fonts; the fonts of the system do.
python3 - "$work/graphiql/graphiql.min.css" "$here/static/graphiql.css" <<'PY'
import pathlib
import re
import sys

source, target = map(pathlib.Path, sys.argv[1:])
text, fonts = re.subn(r"@font-face\s*\{[^}]*\}", "", source.read_text(encoding="utf-8"))
outside = re.findall(r"url\(\s*(?![\"']?data:)[^)]*\)|@import[^;]*;", text)
if not fonts or outside:
    sys.exit(f"the style sheet is not as expected: {fonts} fonts, loads {outside}")
target.write_text(text.rstrip() + "\n", encoding="utf-8")
PY
{
    echo "GraphiQL $graphiql (with the packages its browser build holds), React and React DOM $react: MIT licence."
    for name in graphiql react react-dom; do
        printf '\n==== %s\n\n' "$name"
        cat "$work/$name/LICENSE"
    done
} >"$here/static/LICENSES.txt"

cd "$here/static"
sha256sum graphiql.css graphiql.js react-dom.js react.js >"$work/CHECKSUMS"
if [[ -e $here/CHECKSUMS ]] && ! cmp -s "$work/CHECKSUMS" "$here/CHECKSUMS"; then
    diff "$here/CHECKSUMS" "$work/CHECKSUMS" || true
    [[ ${1:-} == --accept ]] || { echo "files differ from CHECKSUMS: look at them, then run with --accept" >&2; exit 1; }
fi
cp "$work/CHECKSUMS" "$here/CHECKSUMS"
du -shc -- *

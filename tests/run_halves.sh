#!/bin/sh
# Runs the tests in two halves side by side, for two processors: most of tests/core, and all others, whose words come at the end.
#   tests/run_halves.sh PYTEST [ARGUMENT ...]
pytest=$1
shift
# Of the core, what takes long and is stopped by no signal: a shell's background does not hear SIGINT.
moved="tests/core/evaluation tests/core/models"
elsewhere=$(for path in tests/*/ tests/test_*.py; do [ "$path" = tests/core/ ] || echo "$path"; done)
others=$(mktemp)
"$pytest" "$@" $moved $elsewhere >"$others" 2>&1 &
"$pytest" "$@" $(printf ' --ignore=%s' $moved) tests/core
core=$?
wait $!
rest=$?
cat "$others"
rm -f "$others"
[ "$core" -eq 0 ] && [ "$rest" -eq 0 ]

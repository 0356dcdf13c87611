#!/bin/sh
# Exports the workspace's tasks to a dated workbook and compares it with the last one.
#
#   weekly-export.sh FOLDER [further options of tasksheet export]
#
# Needs TOGGL_API_KEY, TOGGL_ORGANIZATION_ID and TOGGL_WORKSPACE_ID (or --sandbox to try it). TASKSHEET says where
# the command is, where it is not on the PATH. Where the quota of the hour ended the export or the network was down
# (status 3), it goes on an hour later, at most twice; TASKSHEET_PAUSES has the seconds. Ends with the status of
# tasksheet.
set -eu

folder=$1
shift
mkdir -p "$folder"

# Names with the date sort by it; the last one that is not of today is the one to compare with.
out="$folder/tasks-$(date +%Y-%m-%d).xlsx"
previous=
for file in "$folder"/tasks-????-??-??.xlsx; do
    if [ -f "$file" ] && [ "$file" != "$out" ]; then
        previous=$file
    fi
done
if [ -n "$previous" ]; then
    set -- --compare "$previous" "$@"
fi

for pause in ${TASKSHEET_PAUSES-3660 3660} last; do
    status=0
    "${TASKSHEET:-tasksheet}" export "$out" "$@" || status=$?
    if [ "$status" -ne 3 ] || [ "$pause" = last ]; then
        exit "$status"
    fi
    sleep "$pause"
done

#!/usr/bin/env bash
# Reads FOLDER with N tasks of a Slurm array, each into a database of its own, and joins them when all have ended:
#
#   samples/slurm/batch.sh FOLDER RESULTS.db N [SBATCH_OPTION]...
#
# FOLDER and the place of RESULTS.db must be reachable from every node under the same name; RESULTS.db.shards/ beside it keeps
# the tasks' databases. Run again, it goes on: what is as it was is not read again. Prints the number of the job that joins.
# GLYPHLIFT names the program, if it is not on the path of the nodes.
#SBATCH --job-name=glyphlift
set -euo pipefail

glyphlift=${GLYPHLIFT:-glyphlift}

# Exit status 1 says that some files could not be read; the database has their errors, and the others.
read_shard() {
  "$glyphlift" batch "$1" -o "$2.shards/$SLURM_ARRAY_TASK_ID.db" -j "${SLURM_CPUS_PER_TASK:-1}" || [ $? = 1 ]
}

join() {
  "$glyphlift" merge "$1".shards/*.db -o "$1.new" && mv "$1.new" "$1"
}

case ${1:-} in
  --read) read_shard "$2" "$3" ;;
  --join) join "$2" ;;
  *)
    [ $# -ge 3 ] || { sed -n '2,/^#SBATCH/{/^#SBATCH/!s/^# \{0,1\}//p}' "$0" >&2; exit 2; }
    folder=$(realpath "$1") results=$(realpath -m "$2") count=$3
    shift 3
    mkdir -p "$results.shards"
    log=(--output "$results.shards/log-%A-%a.txt")
    array=$(sbatch --parsable "${log[@]}" --array="0-$((count - 1))" "$@" "$0" --read "$folder" "$results")
    sbatch --parsable --output "$results.shards/log-join.txt" --dependency="afterok:${array%%;*}" "$0" --join "$results"
    ;;
esac

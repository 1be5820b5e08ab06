#!/bin/bash
# samples/slurm/batch.sh on a real Slurm, where one is installed (Debian: slurm-wlm, munge): controller, node and authentication
# are started here, on the loopback, with everything they write in the test's own folder.
. "$(dirname "$0")/common.sh"
. "$GLYPHLIFT_SOURCE_DIR/tests/cli/batch_common.sh"
PATH=$PATH:/usr/sbin:/sbin
for program in munged slurmctld slurmd sbatch squeue sinfo; do
  command -v $program >/dev/null || { echo "SKIPPED: Slurm is not installed ($program)"; exit 77; }
done
[ "$(id -u)" -eq 0 ] || { echo 'SKIPPED: slurmd needs root'; exit 77; }

started=()
stop_slurm() {
  for pid in "${started[@]}"; do kill "$pid" 2>/dev/null; done
  for pid in "${started[@]}"; do wait "$pid" 2>/dev/null; done
  rm -rf "$work"
}
trap stop_slurm EXIT

mkdir -m 755 munge state spool
head -c 256 /dev/urandom >munge/key
chmod 600 munge/key
munged --foreground --force --key-file="$work/munge/key" --socket="$work/munge/socket" --pid-file="$work/munge/pid" \
  --seed-file="$work/munge/seed" >munge.log 2>&1 &
started+=($!)

port=$((20000 + RANDOM % 20000))
node=$(hostname -s)
export SLURM_CONF=$work/slurm.conf
cat >slurm.conf <<END
ClusterName=glyphlift
SlurmctldHost=$node(127.0.0.1)
SlurmctldPort=$port
SlurmdPort=$((port + 1))
AuthType=auth/munge
CredType=cred/munge
AuthInfo=socket=$work/munge/socket
SlurmUser=root
StateSaveLocation=$work/state
SlurmdSpoolDir=$work/spool
SlurmctldPidFile=$work/slurmctld.pid
SlurmdPidFile=$work/slurmd.pid
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
MailProg=/bin/true
NodeName=$node NodeAddr=127.0.0.1 CPUs=2 State=UNKNOWN
PartitionName=all Nodes=ALL Default=YES MaxTime=INFINITE State=UP
END
slurmctld -D >slurmctld.log 2>&1 &
started+=($!)
slurmd -D -N "$node" >slurmd.log 2>&1 &
started+=($!)
for _ in $(seq 120); do
  sinfo -h -o %t 2>/dev/null | grep -q idle && break
  sleep 0.5
done
if ! sinfo -h -o %t 2>/dev/null | grep -q idle; then
  echo "SKIPPED: Slurm does not start here: $(tail -n 3 slurmctld.log slurmd.log munge.log 2>/dev/null)"
  exit 77
fi

make_scans scans 4
run batch scans -o single.db -q
expect_status 1
dump single.db >single

export GLYPHLIFT=$glyphlift
ran='samples/slurm/batch.sh scans all.db 4'
status=0
job=$("$GLYPHLIFT_SOURCE_DIR/samples/slurm/batch.sh" scans all.db 4 2>err) || status=$?
expect_status 0
for _ in $(seq 240); do
  [ -z "$(squeue -h -j "$job" 2>/dev/null)" ] && break
  sleep 0.5
done
[ -e all.db ] || fail "nothing was joined: $(tail -n 2 all.db.shards/log-*)"
expect_same all.db single
[ "$(sqlite3 all.db "SELECT group_concat(DISTINCT shard) FROM (SELECT shard FROM runs ORDER BY shard)")" = 0/4,1/4,2/4,3/4 ] ||
  fail 'the shards are not those of the array'
finish

#!/bin/sh
# A Slurm cluster on this machine for tests: a controller, two nodes of one processor, munge, and two partitions, "low" and "high", of which the second
# preempts the first. As root: cluster.sh up FOLDER prints the environment its commands need; cluster.sh down FOLDER ends it.
# It ends with 75 and a reason where Slurm is not installed. All of it lies in FOLDER; nothing of the system's own Slurm is read or touched.
set -eu
verb=$1
folder=$(realpath -m "$2")
without() {
    echo "slurm: $1" >&2
    exit 75
}

down() {
    pids=$(cat "$folder"/run/*.pid 2>/dev/null || true)
    # Until they are gone, they write to the folder.
    for _ in $(seq 50); do
        alive=""
        for pid in $pids; do
            kill "$pid" 2>/dev/null && alive=yes
        done
        [ -n "$alive" ] || break
        sleep 0.2
    done
}

if [ "$verb" = down ]; then
    down
    exit 0
fi

[ "$(id -u)" = 0 ] || without "only root can start its daemons"
for program in munged slurmctld slurmd srun; do
    command -v "$program" >/dev/null || without "$program is not installed (Debian, Ubuntu: apt-get install slurmctld slurmd slurm-client munge)"
done
mkdir -p "$folder/run" "$folder/state" "$folder/spool-one" "$folder/spool-two"
host=$(hostname -s)
# The nodes' addresses must be known; a machine may not know its own name.
getent hosts "$host" >/dev/null || without "the host name $host has no address"
port=$((20000 + $$ % 20000))
cat >"$folder/slurm.conf" <<CONF
ClusterName=test
SlurmctldHost=$host(127.0.0.1)
SlurmctldPort=$port
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket=$folder/run/munge.socket
CredType=cred/munge
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SchedulerParameters=sched_interval=2,bf_interval=2
JobCompType=jobcomp/none
JobRequeue=1
MinJobAge=600
PreemptType=preempt/partition_prio
PreemptMode=REQUEUE
ReturnToService=2
SlurmctldPidFile=$folder/run/slurmctld.pid
SlurmdPidFile=$folder/run/slurmd-%n.pid
SlurmctldLogFile=$folder/slurmctld.log
SlurmdLogFile=$folder/slurmd-%n.log
StateSaveLocation=$folder/state
SlurmdSpoolDir=$folder/spool-%n
SlurmdParameters=config_overrides
MailProg=/bin/true
NodeName=one NodeHostname=$host NodeAddr=127.0.0.1 Port=$((port + 1)) CPUs=1
NodeName=two NodeHostname=$host NodeAddr=127.0.0.1 Port=$((port + 2)) CPUs=1
PartitionName=low Nodes=ALL Default=YES PriorityTier=1 PreemptMode=REQUEUE GraceTime=60
PartitionName=high Nodes=ALL PriorityTier=10 PreemptMode=OFF
CONF
export SLURM_CONF="$folder/slurm.conf"

head -c 1024 /dev/urandom >"$folder/munge.key"
chmod 600 "$folder/munge.key"
munged --force --key-file="$folder/munge.key" --socket="$folder/run/munge.socket" --pid-file="$folder/run/munged.pid" \
    --log-file="$folder/munged.log" --seed-file="$folder/munge.seed" 2>"$folder/munged.err" || without "munged: $(cat "$folder/munged.err")"
for daemon in slurmctld "slurmd -N one" "slurmd -N two"; do
    $daemon 2>"$folder/daemon.err" || without "$daemon: $(cat "$folder/daemon.err")"
done
for _ in $(seq 60); do
    idle=$(sinfo -h -p low -t idle -o %D 2>/dev/null || true)
    [ "$idle" = 2 ] && break
    sleep 0.5
done
if [ "$idle" != 2 ]; then
    down
    without "its nodes do not come up: $(tail -q -n 2 "$folder"/*.log)"
fi
echo "SLURM_CONF=$SLURM_CONF"

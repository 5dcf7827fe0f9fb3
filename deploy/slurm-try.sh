#!/usr/bin/env bash
# A Slurm of several virtual nodes on this one machine, to try `embla store ... --cluster slurm:N`. As root, on Debian; not
# for work that matters: everybody on the machine may submit, and jobs are not kept apart.
#
#   deploy/slurm-try.sh start [NODES]    install what is missing (slurm-wlm, munge), start it, say what to export
#   deploy/slurm-try.sh stop             end what was started
#
# Everything lies in one folder, EMBLA_SLURM_TRY (/var/tmp/embla-slurm-try if not given), ports are its own, and a Slurm
# that the machine has already is not touched. No systemd is needed.
set -euo pipefail

folder=${EMBLA_SLURM_TRY:-/var/tmp/embla-slurm-try}
port=${EMBLA_SLURM_TRY_PORT:-26817}
verb=${1:-}
nodes=${2:-2}

fail() { echo "slurm-try: $*" >&2; exit 1; }

ended() {  # ended PID: wait until it is gone
    for _ in $(seq 50); do kill -0 "$1" 2>/dev/null || return 0; sleep 0.1; done
    kill -KILL "$1" 2>/dev/null || true
}

stop() {
    for file in "$folder"/pid/slurmd-*.pid "$folder"/pid/slurmctld.pid "$folder"/munge/munged.pid; do
        [ -s "$file" ] || continue
        pid=$(<"$file")
        # A number in an old file may be another's by now.
        name=$(cat "/proc/$pid/comm" 2>/dev/null || true)
        case $name in slurmd | slurmctld | munged) kill "$pid" 2>/dev/null && ended "$pid" ;; esac
        rm -f "$file"
    done
}

install_missing() {
    missing=()
    command -v slurmctld >/dev/null && command -v slurmd >/dev/null && command -v sbatch >/dev/null || missing+=(slurm-wlm)
    command -v munged >/dev/null || missing+=(munge)
    [ ${#missing[@]} -eq 0 ] && return
    command -v apt-get >/dev/null || fail "install ${missing[*]} first."
    export DEBIAN_FRONTEND=noninteractive
    apt-get -q -o DPkg::Lock::Timeout=300 update >/dev/null
    apt-get -q -y -o DPkg::Lock::Timeout=300 install --no-install-recommends "${missing[@]}" >"$folder/apt.log" 2>&1 </dev/null \
        || fail "apt-get could not install ${missing[*]}; see $folder/apt.log."
}

start_munge() {
    # munged wants folders of its own user that nobody else can write; a key made here, so that no other Slurm shares it.
    mkdir -p "$folder/munge"
    [ -s "$folder/munge/munge.key" ] || head -c 1024 /dev/urandom >"$folder/munge/munge.key"
    chown -R munge:munge "$folder/munge"
    chmod 0755 "$folder/munge"
    chmod 0600 "$folder/munge/munge.key"
    setpriv --reuid munge --regid munge --clear-groups munged --socket "$folder/munge/socket" \
        --key-file "$folder/munge/munge.key" --log-file "$folder/munge/munged.log" \
        --pid-file "$folder/munge/munged.pid" --seed-file "$folder/munge/munged.seed"
}

configure() {
    host=$(hostname -s)
    {
        cat <<END
ClusterName=embla-try
SlurmctldHost=$host(127.0.0.1)
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket=$folder/munge/socket
CryptoType=crypto/munge
SlurmctldPort=$port
StateSaveLocation=$folder/state
SlurmdSpoolDir=$folder/spool/%n
SlurmctldPidFile=$folder/pid/slurmctld.pid
SlurmdPidFile=$folder/pid/slurmd-%n.pid
SlurmctldLogFile=$folder/log/slurmctld.log
SlurmdLogFile=$folder/log/slurmd-%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
MpiDefault=none
ReturnToService=2
SlurmdParameters=config_overrides
KillWait=2
END
        for n in $(seq "$nodes"); do
            echo "NodeName=n$n NodeHostname=$host NodeAddr=127.0.0.1 Port=$((port + n)) CPUs=4 RealMemory=16000 State=UNKNOWN"
        done
        echo "PartitionName=try Nodes=ALL Default=YES MaxTime=INFINITE State=UP"
    } >"$folder/slurm.conf"
}

case $verb in
start)
    [ "$(id -u)" -eq 0 ] || fail "needs root: slurmd starts jobs as their users."
    [[ $nodes =~ ^[1-9][0-9]?$ ]] || fail "'$nodes' is no number of nodes (1 to 99)."
    mkdir -p "$folder"/{state,spool,pid,log}
    install_missing
    stop
    configure
    start_munge
    export SLURM_CONF=$folder/slurm.conf
    slurmctld
    for n in $(seq "$nodes"); do mkdir -p "$folder/spool/n$n"; slurmd -N "n$n"; done
    for _ in $(seq 60); do
        [ "$(sinfo -h -N -t idle -o %N 2>/dev/null | wc -l)" -eq "$nodes" ] && break
        sleep 0.5
    done
    [ "$(sinfo -h -N -t idle -o %N | wc -l)" -eq "$nodes" ] || fail "the nodes are not idle; see $folder/log."
    echo "$nodes nodes are idle. In your shell:"
    echo "export SLURM_CONF=$SLURM_CONF"
    ;;
stop) stop ;;
*) sed -n '2,9s/^# \{0,1\}//p' "$0"; exit 2 ;;
esac

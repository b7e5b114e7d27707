#!/bin/bash
# Checks and measures the engine on this machine's GPU: everything that stands beside this file, and nothing else, is needed.
# A step that fails or takes too long does not stop the others. See -h.
set -u

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# What ten minutes on a GPU, and ten minutes more, tell most by.
first=(modules cases-portable cases-own slim ceilings tune-targets ours gicn-ours convolutions-bf16)
second=(pytorch-inference ours pytorch-training gicn-pytorch)
check=(modules cases convolutions slim train)
sanitizer=(memcheck racecheck synccheck initcheck)
profile=(profile-inference profile-training)
bench=(tune ceilings gicn inference-1 inference-8 inference-32 training-4 training-16)
every=("${first[@]}" "${second[@]}" "${check[@]}" "${sanitizer[@]}" "${bench[@]}" "${profile[@]}")
all=("${check[@]}" "${sanitizer[@]}" "${bench[@]}" "${profile[@]}")

reserve=40

usage() {
    cat <<TEXT
usage: ./gpu-check.sh [-o FOLDER] [-t SECONDS] [-p PYTHON] [-r FOLDER] [PART …]

  -o FOLDER    where results go; summary.md among them (default: results). May be used again for other parts. After each part all of
               it is packed into FOLDER/gpu-check.tar.gz, at the end what was compiled and chosen into FOLDER/gpu-check-caches.tar.gz
  -t SECONDS   end within this: start nothing that would go on longer, $reserve s for packing left; what is left out is marked as skipped
  -p PYTHON    a Python with PyTorch, to compare with (default: python3); cuDNN and cuBLASLt among its packages are used
  -r FOLDER    one with these two files of before: goes on from the results and from what was compiled and chosen

parts, all by default:
  first        ${first[*]}
               what ten minutes tell of the engine itself, the most important first: give -t 580 and -p
  second       ${second[*]}
               ten minutes beside PyTorch: give -t 580, -p, and -r with the first's files
  check        ${check[*]}
  sanitizer    ${sanitizer[*]}   (with compute-sanitizer, where it is found)
  bench        ${bench[*]}
               tune chooses convolutions, which the others then use; each batch is this engine, PyTorch, this engine again
  profile      ${profile[*]}   (with ncu, where it is found)

A step ends within 400 seconds. One that was too long goes on faster when it is run again, tune above all:
what the driver compiled and which convolutions were chosen is remembered in the folder for temporary files.
Returns 0 if all that ran passed, 1 if something failed, 77 if nothing could be run.
TEXT
}

out=results limit= python=python3 earlier=
while getopts o:t:p:r:h option; do
    case $option in
        o) out=$OPTARG ;;
        t) limit=$OPTARG ;;
        p) python=$OPTARG ;;
        r) earlier=$OPTARG ;;
        h) usage; exit 0 ;;
        *) usage >&2; exit 2 ;;
    esac
done
shift $((OPTIND - 1))

if [[ -n $limit && ! $limit =~ ^[0-9]+$ ]]; then
    echo "gpu-check: -t takes whole seconds, not '$limit'" >&2
    exit 2
fi
if [[ -n $limit ]]; then limit=$((limit - reserve)); fi
# Not from here alone: steps run elsewhere. A link stays one, as a virtual environment's Python is.
if [[ $python == */* ]]; then python=$(cd "$(dirname "$python")" && pwd)/$(basename "$python"); fi
parts=()
for part in "${@:-all}"; do
    case " all first second check sanitizer profile bench ${every[*]} " in
        *" $part "*) ;;
        *) echo "gpu-check: there is no part '$part'" >&2; usage >&2; exit 2 ;;
    esac
    case $part in
        all) parts+=("${all[@]}") ;;
        first) parts+=("${first[@]}") ;;
        second) parts+=("${second[@]}") ;;
        check) parts+=("${check[@]}") ;;
        sanitizer) parts+=("${sanitizer[@]}") ;;
        profile) parts+=("${profile[@]}") ;;
        bench) parts+=("${bench[@]}") ;;
        *) parts+=("$part") ;;
    esac
done

mkdir -p "$out/logs" || exit 1
out=$(cd "$out" && pwd)
gpucheck=$here/gpucheck
failed=0 passed=0 child= state= chosen=All

# What the driver, PyTorch and the engine remember, in one place: HOME need not be there, and without it every step would compile anew.
caches=${TMPDIR:-/tmp}/histoseg-gpucheck
mkdir -p "$caches" || exit 1
export CUDA_CACHE_PATH=${CUDA_CACHE_PATH:-$caches/compiled} CUDA_CACHE_MAXSIZE=${CUDA_CACHE_MAXSIZE:-1073741824}
export TORCHINDUCTOR_CACHE_DIR=${TORCHINDUCTOR_CACHE_DIR:-$caches/inductor} TRITON_CACHE_DIR=${TRITON_CACHE_DIR:-$caches/triton}
mkdir -p "$CUDA_CACHE_PATH" 2> /dev/null
if [[ -n $earlier ]]; then
    unpacked=$(mktemp -d) || exit 1
    if ! tar xzf "$earlier/gpu-check.tar.gz" -C "$unpacked"; then
        echo "gpu-check: there is no gpu-check.tar.gz of before in $earlier" >&2
        exit 2
    fi
    cp -rn "$unpacked/results/." "$out/"
    rm -rf "$unpacked"
    if [[ -e $earlier/gpu-check-caches.tar.gz ]]; then tar xzf "$earlier/gpu-check-caches.tar.gz" -C "$caches" --skip-old-files; fi
fi

# NVIDIA's libraries among the chosen Python's packages, where the program would not look.
packages=$("$python" -c 'import glob, sysconfig; print(":".join(sorted(glob.glob(sysconfig.get_paths()["purelib"] + "/nvidia/*/lib"))))' 2> /dev/null)
if [[ -z ${HISTOSEG_CUDA_PATH:-} && -n $packages ]]; then
    export HISTOSEG_CUDA_PATH=$packages
fi
cudnn_expected=
IFS=: read -ra folders <<< "$packages"
for folder in "${folders[@]}"; do
    if [[ -e $folder/libcudnn.so.9 ]]; then cudnn_expected=yes; fi
done

# A text inside quotes of JSON: the last line that says something.
quoted() { tr -d '\000-\010\013-\037' | sed -e 's/[\\"]/\\&/g' -e 's/\t/ /g' | grep -v '^ *$' | tail -n 1 | cut -c 1-300; }

record() { # name, state, seconds, remark
    printf '{"kind":"step","name":"%s","state":"%s","seconds":%d,"note":"%s"}\n' "$1" "$2" "$3" "$(printf '%s\n' "$4" | quoted)" >> "$out/steps.jsonl"
    state=$2
    printf '%-28s %-9s %4d s  %s\n' "$1" "$2" "$3" "$(printf '%s\n' "$4" | tail -n 1 | cut -c 1-160)"
    case $2 in
        passed) passed=1 ;;
        failed | "too long") failed=1 ;;
    esac
}

# Whether a step of so many seconds may still start; told where not.
fits() { # name, seconds
    if [[ -z $limit ]] || ((SECONDS + $2 <= limit)); then return 0; fi
    record "$1" skipped 0 "its limit of $2 s does not fit into the time left"
    return 1
}

# Runs a command under a limit of seconds; its output goes to logs/<name>.log.
step() { # name, seconds, command …
    local name=$1 most=$2 start=$SECONDS log code
    shift 2
    fits "$name" "$most" || return
    log=$out/logs/${name// /-}.log
    # Behind, so that a signal to this script is heard at once.
    timeout --kill-after=10 "$most" "$@" > "$log" 2>&1 &
    child=$!
    wait "$child"
    code=$?
    child=
    case $code in
        0) record "$name" passed $((SECONDS - start)) "$(quoted < "$log")" ;;
        77) record "$name" skipped $((SECONDS - start)) "$(quoted < "$log")" ;;
        124 | 137) record "$name" "too long" $((SECONDS - start)) "ended after $most s; see logs/$(basename "$log")" ;;
        *) record "$name" failed $((SECONDS - start)) "exit code $code: $(quoted < "$log")" ;;
    esac
}

# A cuDNN that lies there and is not used would make all that follows tell of something else than what a user gets.
libraries() {
    if [[ -n $cudnn_expected ]] && grep -qs '"cudnn":"none"' "$out/modules.jsonl"; then
        record libraries failed 0 "cuDNN lies in $packages and was not used: gpucheck tells why in logs/modules.log"
    fi
}

# The engine with results into a file of the part's name.
engine() { # name, seconds, arguments …
    local name=$1 most=$2
    shift 2
    fits "$name" "$most" || return
    rm -f "$out/${name// /-}.jsonl"
    step "$name" "$most" "$gpucheck" "$@" --results "$out/${name// /-}.jsonl"
}

# A tool on the path or in CUDA's folders.
tool() {
    command -v "$1" 2>/dev/null ||
        ls -d /usr/local/cuda*/bin/"$1" /opt/nvidia/nsight-compute/*/"$1" /usr/local/cuda*/compute-sanitizer/"$1" 2>/dev/null | tail -n 1
}

sanitize() { # tool of compute-sanitizer
    local program
    program=$(tool compute-sanitizer)
    if [[ -z $program ]]; then
        record "$1" skipped 0 "compute-sanitizer was not found"
        return
    fi
    # Two number types are enough to run every kernel there is but tf32's, whose only ones are convolutions. All cases take too long: as many as fit.
    step "$1" 280 "$program" --tool "$1" --error-exitcode 99 --print-limit 20 "$gpucheck" \
        cases --convolutions Portable --precision Bf16 Fp32 --every-kernel --seconds 200
}

profiled() { # inference or training, batch
    local program
    program=$(tool ncu)
    if [[ -z $program ]]; then
        record "profile-$1" skipped 0 "ncu was not found"
        return
    fi
    # Choices are made without the profiler, which would distort them; there is nothing left to do if they were made before.
    engine "profile-$1 tune" 200 tune --only "$1" --batch "$2"
    # The clocks stay as they are: the machine may be shared. Only the pass itself is profiled: gpucheck marks it.
    rm -f "$out/profile-$1.csv"
    step "profile-$1" 360 bash -c '
        "${@:2}"
        code=$?
        if grep -qs ERR_NVGPUCTRPERM "$1"; then echo "ncu may not read the counters of this GPU (ERR_NVGPUCTRPERM)"; exit 77; fi
        if ((code)); then tail -n 3 "$1"; exit $code; fi
        kernels=$(grep -cs "^\"[0-9]" "$1")
        if ((!kernels)); then echo "no kernel was profiled"; exit 1; fi
        echo "$kernels rows of counters"' \
        _ "$out/profile-$1.csv" "$program" --profile-from-start off --clock-control none --set basic --csv --log-file "$out/profile-$1.csv" \
        "$gpucheck" once "$1" --batch "$2"
}

have_torch=
torch() { # name, seconds, arguments …
    local name=$1 most=$2
    shift 2
    fits "$name" "$most" || return
    if [[ -z $have_torch ]]; then
        # The first time it is read from the disk.
        (cd / && timeout 180 "$python" -c 'import sys, torch; sys.exit(not torch.cuda.is_available())') > "$out/logs/torch.log" 2>&1
        case $? in
            0) have_torch=yes ;;
            124) have_torch="$python takes more than 180 s to load PyTorch" ;;
            *) have_torch="$python has no PyTorch that sees a GPU: see logs/torch.log" ;;
        esac
    fi
    if [[ $have_torch != yes ]]; then
        record "$name" skipped 0 "$have_torch"
        return
    fi
    rm -f "$out/${name// /-}.jsonl"
    PYTHONDONTWRITEBYTECODE=1 step "$name" "$most" bash -c '"$1" "$2" "${@:4}" > >(tee -a "$3")' \
        _ "$python" "$here/pytorch/bench.py" "$out/${name// /-}.jsonl" "$@"
}

compare() { # what, batch
    engine "$1-$2" 90 bench "$1" --batch "$2"
    torch "$1-$2 pytorch" 360 "$1" --batch "$2"
    engine "$1-$2 again" 60 bench "$1" --batch "$2"
}

# The page, and one file with all results, never half written.
pack() {
    "$gpucheck" summary "$out" > /dev/null || failed=1
    local packing
    packing=$(mktemp -d) || return
    mkdir "$packing/results"
    (cd "$out" && cp -r -- *.jsonl *.csv logs summary.md "$packing/results/" 2> /dev/null)
    tar czf "$out/gpu-check.new" -C "$packing" results && mv "$out/gpu-check.new" "$out/gpu-check.tar.gz" || failed=1
    rm -rf "$packing"
}

# What is told at the end, behind the last pack, whoever brought that about.
finish() {
    trap - INT TERM HUP
    cat "$out/summary.md"
    echo "$out/gpu-check.tar.gz"
    tar czf "$out/gpu-check-caches.new" -C "$caches" . && mv "$out/gpu-check-caches.new" "$out/gpu-check-caches.tar.gz"
}
trap 'if [[ -n $child ]]; then kill "$child"; wait "$child"; fi; record "${part:-start}" "too long" 0 "the script was ended"; pack; finish; exit 1' INT TERM HUP

smi=$(command -v nvidia-smi > /dev/null && nvidia-smi --query-gpu=driver_version --format=csv,noheader 2>/dev/null | head -n 1)
printf '{"kind":"run","date":"%s","commit":"%s","driver":"%s"}\n' "$(date -u +%Y-%m-%dT%H:%MZ)" \
    "$(quoted < "$here/commit.txt")" "$(printf '%s\n' "${smi:-}" | quoted)" >> "$out/run.jsonl"

for part in "${parts[@]}"; do
    case $part in
        modules)
            engine modules 300 modules
            if [[ $state == failed || $state == "too long" ]]; then chosen=AllPortable; fi
            libraries ;;
        cases) engine cases 270 cases ;;
        cases-portable) engine cases-portable 90 cases --convolutions Portable --precision Bf16 --seconds 50 ;;
        cases-own)
            # Kernels for this GPU alone that do harm are left out of all that follows.
            if [[ $chosen == AllPortable ]]; then
                record cases-own skipped 0 "modules has failed: kernels for this GPU alone are left out"
            else
                engine cases-own 90 cases --convolutions Own --precision Bf16 --filter conv --every-kernel --seconds 50
            fi
            if [[ $state == failed || $state == "too long" ]]; then chosen=AllPortable; fi ;;
        convolutions) engine convolutions 300 convolutions ;;
        convolutions-bf16) engine convolutions-bf16 150 convolutions --precision Bf16 ;;
        slim)
            if [[ -d $here/reference ]]; then engine slim 120 slim "$here/reference"; else record slim skipped 0 "the pack holds no reference values"; fi ;;
        train) engine train 150 train ;;
        memcheck | racecheck | synccheck | initcheck) sanitize "$part" ;;
        profile-inference) profiled inference 8 ;;
        profile-training) profiled training 4 ;;
        tune) engine tune 400 tune ;;
        tune-targets)
            # What ends the program is noted and left out the next time.
            for what in "inference 8" "training 4"; do
                for try in 1 2 3; do
                    engine "tune-targets ${what% *} $try" 150 tune --only "${what% *}" --batch "${what#* }" --convolutions "$chosen"
                    if [[ $state != failed ]]; then break; fi
                done
            done ;;
        ours)
            # A round more of each time, for the median.
            round=$(($(find "$out" -maxdepth 1 -name 'ours-*-inference-8.jsonl' | wc -l) + 1))
            engine "ours-$round inference-8" 90 bench inference --batch 8 --seconds 3 --convolutions "$chosen"
            engine "ours-$round training-4" 90 bench training --batch 4 --seconds 3 --convolutions "$chosen" ;;
        gicn-ours) engine gicn-ours 60 bench gicn --seconds 0.5 --convolutions "$chosen" ;;
        gicn-pytorch) torch "gicn pytorch" 60 gicn --seconds 0.5 ;;
        pytorch-inference)
            # The second of these tells its memory, which the first cannot.
            torch "inference-8 pytorch" 270 inference --batch 8 --seconds 3 --kernels 20 \
                --variant "compile, graph, bf16 weights" "compile, bf16 weights" ;;
        pytorch-training) torch "training-4 pytorch" 240 training --batch 4 --seconds 3 --kernels 20 --variant "compile, graph" "compile" ;;
        ceilings) engine ceilings 60 bench ceilings ;;
        gicn)
            engine gicn 240 bench gicn --seconds 2 --convolutions "$chosen"
            torch "gicn pytorch" 150 gicn --seconds 2 ;;
        inference-* | training-*) compare "${part%-*}" "${part#*-}" ;;
    esac
    pack
done

finish
if ((failed)); then exit 1; fi
if ((passed)); then exit 0; fi
exit 77

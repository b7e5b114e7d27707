#!/bin/bash
# Checks and measures the engine on this machine's GPU: everything that stands beside this file, and nothing else, is needed.
# A step that fails or takes too long does not stop the others. See -h.
set -u

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
check=(modules cases convolutions slim train)
sanitizer=(memcheck racecheck synccheck initcheck)
profile=(profile-inference profile-training)
bench=(tune ceilings gicn inference-1 inference-8 inference-32 training-4 training-16)
all=("${check[@]}" "${sanitizer[@]}" "${bench[@]}" "${profile[@]}")

usage() {
    cat <<TEXT
usage: ./gpu-check.sh [-o FOLDER] [-t SECONDS] [-p PYTHON] [PART …]

  -o FOLDER    where results go; summary.md among them (default: results). May be used again for other parts
  -t SECONDS   start nothing that would go on longer than this altogether; what is left out is marked as skipped
  -p PYTHON    a Python with PyTorch, to compare with (default: python3)

parts, all by default:
  check        ${check[*]}
  sanitizer    ${sanitizer[*]}   (with compute-sanitizer, where it is found)
  bench        ${bench[*]}
               tune chooses convolutions, which the others then use; each batch is this engine, PyTorch, this engine again
  profile      ${profile[*]}   (with ncu, where it is found)

Each part ends within 580 seconds. A part that was too long goes on faster when it is run again, tune above all:
what the driver compiled and which convolutions were chosen is remembered in the folder for temporary files.
Returns 0 if all that ran passed, 1 if something failed, 77 if nothing could be run.
TEXT
}

out=results limit= python=python3
while getopts o:t:p:h option; do
    case $option in
        o) out=$OPTARG ;;
        t) limit=$OPTARG ;;
        p) python=$OPTARG ;;
        h) usage; exit 0 ;;
        *) usage >&2; exit 2 ;;
    esac
done
shift $((OPTIND - 1))

if [[ -n $limit && ! $limit =~ ^[0-9]+$ ]]; then
    echo "gpu-check: -t takes whole seconds, not '$limit'" >&2
    exit 2
fi
parts=()
for part in "${@:-all}"; do
    case " all check sanitizer profile bench ${all[*]} " in
        *" $part "*) ;;
        *) echo "gpu-check: there is no part '$part'" >&2; usage >&2; exit 2 ;;
    esac
    case $part in
        all) parts+=("${all[@]}") ;;
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
failed=0 passed=0

# The driver keeps compiled kernels in HOME, which need not be there; without them every step would compile anew.
export CUDA_CACHE_PATH=${CUDA_CACHE_PATH:-${TMPDIR:-/tmp}/histoseg-gpucheck/compiled}
mkdir -p "$CUDA_CACHE_PATH" 2> /dev/null
export CUDA_CACHE_MAXSIZE=${CUDA_CACHE_MAXSIZE:-1073741824}

# A text inside quotes of JSON: the last line that says something.
quoted() { tr -d '\000-\010\013-\037' | sed -e 's/[\\"]/\\&/g' -e 's/\t/ /g' | grep -v '^ *$' | tail -n 1 | cut -c 1-300; }

record() { # name, state, seconds, remark
    printf '{"kind":"step","name":"%s","state":"%s","seconds":%d,"note":"%s"}\n' "$1" "$2" "$3" "$(printf '%s\n' "$4" | quoted)" >> "$out/steps.jsonl"
    printf '%-28s %-9s %4d s  %s\n' "$1" "$2" "$3" "$(printf '%s\n' "$4" | tail -n 1 | cut -c 1-160)"
    case $2 in
        passed) passed=1 ;;
        failed | "too long") failed=1 ;;
    esac
}

# Runs a command under a limit of seconds; its output goes to logs/<name>.log.
step() { # name, seconds, command …
    local name=$1 most=$2 start=$SECONDS log code
    shift 2
    log=$out/logs/${name// /-}.log
    if [[ -n $limit ]] && ((SECONDS + most > limit)); then
        record "$name" skipped 0 "its limit of $most s does not fit into the time left"
        return
    fi
    timeout --kill-after=10 "$most" "$@" > "$log" 2>&1
    code=$?
    case $code in
        0) record "$name" passed $((SECONDS - start)) "$(quoted < "$log")" ;;
        77) record "$name" skipped $((SECONDS - start)) "$(quoted < "$log")" ;;
        124 | 137) record "$name" "too long" $((SECONDS - start)) "ended after $most s; see logs/$(basename "$log")" ;;
        *) record "$name" failed $((SECONDS - start)) "exit code $code: $(quoted < "$log")" ;;
    esac
}

# The engine with results into a file of the part's name.
engine() { # name, seconds, arguments …
    local name=$1 most=$2
    shift 2
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
    # Two number types are enough to run every kernel there is but tf32's, whose only ones are convolutions.
    step "$1" 280 "$program" --tool "$1" --error-exitcode 99 --print-limit 20 "$gpucheck" cases --convolutions Own --precision Bf16 Fp32 --every-kernel
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
    if [[ -n $limit ]] && ((SECONDS + most > limit)); then
        record "$name" skipped 0 "its limit of $most s does not fit into the time left"
        return
    fi
    if [[ -z $have_torch ]]; then
        have_torch=no
        if (cd / && timeout 60 "$python" -c 'import sys, torch; sys.exit(not torch.cuda.is_available())') > "$out/logs/torch.log" 2>&1; then
            have_torch=yes
        fi
    fi
    if [[ $have_torch == no ]]; then
        record "$name" skipped 0 "$python has no PyTorch that sees a GPU"
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

smi=$(command -v nvidia-smi > /dev/null && nvidia-smi --query-gpu=driver_version --format=csv,noheader 2>/dev/null | head -n 1)
printf '{"kind":"run","date":"%s","commit":"%s","driver":"%s"}\n' "$(date -u +%Y-%m-%dT%H:%MZ)" \
    "$(quoted < "$here/commit.txt")" "$(printf '%s\n' "${smi:-}" | quoted)" >> "$out/run.jsonl"

for part in "${parts[@]}"; do
    case $part in
        modules) engine modules 300 modules ;;
        cases) engine cases 270 cases ;;
        convolutions) engine convolutions 300 convolutions ;;
        slim)
            if [[ -d $here/reference ]]; then engine slim 120 slim "$here/reference"; else record slim skipped 0 "the pack holds no reference values"; fi ;;
        train) engine train 150 train ;;
        memcheck | racecheck | synccheck | initcheck) sanitize "$part" ;;
        profile-inference) profiled inference 8 ;;
        profile-training) profiled training 4 ;;
        tune) engine tune 400 tune ;;
        ceilings) engine ceilings 60 bench ceilings ;;
        gicn)
            engine gicn 240 bench gicn --seconds 2
            torch "gicn pytorch" 150 gicn --seconds 2 ;;
        inference-* | training-*) compare "${part%-*}" "${part#*-}" ;;
    esac
done

"$gpucheck" summary "$out" > /dev/null || failed=1
echo "$out/summary.md"
if ((failed)); then exit 1; fi
if ((passed)); then exit 0; fi
exit 77

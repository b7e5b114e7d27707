#!/bin/sh
# Takes the steps of the Dockerfile and engine.def in a bare Debian, without a container engine, and uses the engine there as a container would:
# images/try.sh ENGINE, as root, with debootstrap. Nobody's user, a root that takes no files, no home, no network. Ends with 75 and a reason
# where the bare Debian cannot be had.
set -eu
without() {
    echo "images: not tried: $1" >&2
    exit 75
}
[ "$(id -u)" = 0 ] || without "only root can make a root folder"
command -v debootstrap >/dev/null || without "debootstrap is not installed (Debian, Ubuntu: apt-get install debootstrap)"
# In a mount namespace of its own, which takes all mounts along when it ends.
if [ -z "${IN_NAMESPACE:-}" ]; then
    unshare --mount true 2>/dev/null || without "this root may not mount"
    IN_NAMESPACE=yes exec unshare --mount --propagation private "$0" "$@"
fi
engine=$(realpath "$1")
images=$(dirname "$(realpath "$0")")
root=$(mktemp -d)
trap 'umount -R "$root/read" 2>/dev/null || true; rm -rf --one-file-system "$root"' EXIT
mirror=$(cat /etc/apt/sources.list /etc/apt/sources.list.d/* 2>/dev/null | grep -oE 'https?://[^ ]+/debian/?( |$)' | head -n 1 | tr -d ' ')
[ -n "$mirror" ] || without "apt's sources name no Debian mirror"
suite=$(sed -n 's/^FROM debian:\([a-z]*\)-slim$/\1/p' "$images/Dockerfile")
timeout 300 debootstrap --variant=minbase "$suite" "$root/bare" "$mirror" >"$root/log" 2>&1 || without "$(tail -n 1 "$root/log")"
cp "$images/prepare.sh" "$root/bare/tmp/prepare.sh"
chroot "$root/bare" sh /tmp/prepare.sh >"$root/log" 2>&1 || { tail "$root/log" >&2; exit 1; }
rm "$root/bare/tmp/prepare.sh"
install -m 755 "$engine" "$root/bare/usr/local/bin/engine"
du -sh "$root/bare" | sed 's/\t.*/ in all/'

mkdir "$root/read"
mount --bind "$root/bare" "$root/read"
mount -o remount,bind,ro "$root/read"
mount -t proc proc "$root/read/proc"
mount -t tmpfs -o mode=1777 tmpfs "$root/read/data"
inside() {
    unshare --net chroot --userspec=65534:65534 "$root/read" env -i PATH=/usr/local/bin:/usr/bin:/bin HISTOSEG_CACHE=/cache sh -euc "cd /data && $1"
}
inside 'engine doctor'
inside 'engine synth -o slides --train 1 --val 1 --test 0 --width 512 --height 512 && engine init -i slides -o train.yaml --minutes 1 --yes >/dev/null
    engine train -c train.yaml -o run --set training.iterations=3 --set training.validate_every=3
    engine infer -m run/model -i slides -o out && engine export -m run/model -o model.onnx'
inside 'test -s out/index.html -a -s model.onnx && ! touch /usr/local/bin/x /x 2>/dev/null' || {
    echo "images: results are missing, or the root takes files" >&2
    exit 1
}
echo "images: the steps work, and the engine runs as a container would run it"

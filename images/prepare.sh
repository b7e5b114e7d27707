#!/bin/sh
# What a bare Debian needs to run the engine, for Dockerfile, engine.def and images/try.sh alike: OpenSlide for the scanners' formats, and nothing else.
# The GPU's driver comes from the host.
set -eu
export DEBIAN_FRONTEND=noninteractive
apt-get -q update
apt-get -q install -y --no-install-recommends libopenslide0 libstdc++6
apt-get clean
rm -rf /var/lib/apt/lists/* /var/cache/ldconfig/* /var/log/apt /var/log/dpkg.log
# Where the tuning for a GPU is remembered, and slides and results are mounted; whoever the container runs as may write there.
mkdir -p /cache /data
chmod 1777 /cache /data

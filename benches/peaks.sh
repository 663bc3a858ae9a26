#!/bin/sh
# The picture of a four-hour recording, beside audiowaveform, ffmpeg and sox and against merely reading the file:
# user and system CPU of whole processes, taken in turns, medians. A program that is absent is left out with a word.
#
#   RECORDING=long-4h.wav sh benches/peaks.sh
#
# RUNS=9              rounds
# PEAKS=FILE          the built measurement (otherwise `cargo bench --bench peaks` builds it)
# AUDIOWAVEFORM=FILE FFMPEG=FILE SOX=FILE   the other programs, if they are not in the PATH
set -eu
cd "$(dirname "$0")/.."
: "${RECORDING:?a WAV file; data/make_long.sh of the shared folder makes one of four hours}"
if [ -z "${PEAKS:-}" ]; then
    PEAKS=$(cargo bench --locked --bench peaks --no-run 2>&1 | sed -n 's/.*(\(.*\/peaks-[^)]*\)).*/\1/p')
fi
AUDIOWAVEFORM=${AUDIOWAVEFORM:-audiowaveform} FFMPEG=${FFMPEG:-ffmpeg} SOX=${SOX:-sox} RUNS=${RUNS:-9}
export RECORDING PEAKS AUDIOWAVEFORM FFMPEG SOX RUNS
exec python3 - <<'PY'
import json, os, resource, shutil, statistics, subprocess, sys, tempfile

recording, ours, runs = os.environ['RECORDING'], os.environ['PEAKS'], int(os.environ['RUNS'])
size = os.path.getsize(recording)
quiet = dict(stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

def said(*command):
    return json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)

def cpu(command):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=True, **quiet)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime - before.ru_utime, after.ru_stime - before.ru_stime

def row(name, times, dd):
    user, system = (statistics.median(t[k] for t in times) for k in (0, 1))
    total = statistics.median(map(sum, times))
    spread = f'{min(map(sum, times)) * 1e3:.0f} to {max(map(sum, times)) * 1e3:.0f}'
    print(f'| {name} | {total * 1e3:.1f} | {user * 1e3:.1f} + {system * 1e3:.1f} | {spread} '
          f'| {size / total / 1e6:,.0f} | {total / dd:.2f} |')
    return total

with tempfile.TemporaryDirectory() as folder:
    dat, png, kept = (os.path.join(folder, name) for name in ('peaks.dat', 'peaks.png', 'peaks.kept'))
    picture = said(ours, 'summarise', recording, kept)
    zoom = str(picture['bin_frames'])
    commands = {
        'reading: dd bs=1M of=/dev/null': ['dd', f'if={recording}', 'bs=1M', 'of=/dev/null'],
        'Consult Desk': [ours, 'summarise', recording, kept],
        f'audiowaveform, .dat, {zoom} frames a bin':
            [os.environ['AUDIOWAVEFORM'], '-q', '-i', recording, '-o', dat, '-z', zoom, '-b', '8'],
        'audiowaveform, .png': [os.environ['AUDIOWAVEFORM'], '-q', '-i', recording, '-o', png, '-z', 'auto'],
        'ffmpeg showwavespic': [os.environ['FFMPEG'], '-nostdin', '-v', 'error', '-y', '-i', recording,
                                '-filter_complex', 'showwavespic=s=1800x140', '-frames:v', '1', png],
        'sox stats': [os.environ['SOX'], recording, '-n', 'stats'],
    }
    for name, command in list(commands.items()):
        if not shutil.which(command[0]):
            print(f'{name}: {command[0]} is not here, left out')
            del commands[name]
    times = {name: [] for name in commands}
    for run in range(runs + 1):
        for name, command in commands.items():
            taken = cpu(command)
            if run > 0:  # the first round warms the page cache
                times[name].append(taken)
    print(f'{os.path.basename(recording)}, {size:,} bytes; {runs} rounds in turns, from the page cache; load {os.getloadavg()[0]:.2f}\n')
    print('| | CPU ms | user + system | spread | MB/s of CPU | × dd |\n|---|---|---|---|---|---|')
    first = statistics.median(map(sum, next(iter(times.values()))))
    totals = {name: row(name, taken, first) for name, taken in times.items()}
    mine = totals['Consult Desk']
    for name, total in totals.items():
        if name != 'Consult Desk':
            print(f'\n{name}: {total / mine:.2f} times our CPU', end='')
    opened = said(ours, 'reopen', kept, str(size))
    print(f"\n\nmemory grown while summarising: {picture['grown_kb']} kB; {picture['bins']} bins, kept in {os.path.getsize(kept):,} bytes")
    for what in ('cpu_ms', 'wall_ms'):
        print(f"reopening, {what}: " + ', '.join(f'{name} {ms}' for name, ms in opened[what].items()))
    print(f"memory grown while reopening: {opened['grown_kb']} kB")
PY

"""The parts of Benchmarks/run. Starts real servers of the release build in a temporary folder; see docs/performance.md."""
import json, math, os, shutil, socket, statistics, subprocess, sys, time
from bench import BENCH, ENVIRONMENT, HERE, SHARED, SKERRY, WORK, Server, call, free_port, get, row, rows, running, wait
from count_requests import Relay
from measure_backup import measure_backup
from measure_instances import measure_door, measure_instances
from measure_sync import measure_sync

SECONDS = int(os.environ.get('SKERRY_BENCH_SECONDS', '6'))
ROUNDS = int(os.environ.get('SKERRY_BENCH_ROUNDS', '5'))
PROJECTS = int(os.environ.get('SKERRY_BENCH_PROJECTS', '200'))


def measure_json():
    text = call(BENCH, 'json', os.path.join(SHARED, 'data'))
    for line in text.strip().splitlines():
        words = line.split()
        parse, write = int(words[words.index('parse') + 1]), int(words[words.index('write') + 1])
        row('JSON, ' + line[:line.index('):') + 1], f'parse {parse} MB/s, write {write} MB/s', '90, 200', parse >= 90 and write >= 200)


def wrk(port, path, key=None):
    command = ['wrk', '-t1', '-c32', f'-d{SECONDS}s', f'http://127.0.0.1:{port}{path}']
    if key: command += ['-H', f'X-Octopus-ApiKey: {key}']
    text = call(*command)
    if 'Non-2xx' in text or 'Socket errors' in text: sys.exit(text)
    return float(text.split('Requests/sec:')[1].split()[0])


def measure_http():
    server = Server('HTTP')
    call(BENCH, 'seed', '--url', server.url, '--projects', '60', env={'SKERRY_API_KEY': server.key})
    targets = {'get': '/api/Spaces-1/projects/Projects-30', 'list': '/api/Spaces-1/projects?skip=0&take=30'}
    bodies = {name: get(server.port, path, server.key) for name, path in targets.items()}
    files = {}
    for name, body in bodies.items():
        files[name] = os.path.join(WORK, name + '.json')
        with open(files[name], 'wb') as file: file.write(body)
    port = free_port()
    bare = subprocess.Popen([BENCH, 'bare', '--port', str(port), '--get', files['get'], '--list', files['list']])
    running.append(bare)
    wait(port, '/get', bare)
    for name, least in (('get', 50), ('list', 30)):
        if get(port, '/' + name) != bodies[name]: sys.exit('the bare stack answers other bytes')
        ours, theirs = [], []
        for _ in range(ROUNDS):
            theirs.append(wrk(port, '/' + name))
            ours.append(wrk(server.port, targets[name], server.key))
        ratio = 100 * statistics.median(ours) / statistics.median(theirs)
        title = {'get': 'GET by id', 'list': 'list of 30'}[name]
        row(f'{title}, {len(bodies[name])} bytes, against the bare stack',
            f'{statistics.median(ours):.0f} of {statistics.median(theirs):.0f} requests/s = {ratio:.0f} %', f'≥ {least} %', ratio >= least)
    bare.terminate()
    running.remove(bare)
    server.stop()


def measure_start():
    server = Server('Start')
    times = []
    for _ in range(9):
        server.stop()
        times.append(server.start() * 1000)
    server.stop()
    row('start to first answer, median of 9', f'{statistics.median(times):.0f} ms (worst {max(times):.0f})', '< 500 ms', statistics.median(times) < 500)


def measure_memory():
    server = Server('Memory')
    server.fill(100)
    resident, peak = server.memory('VmRSS'), server.memory('VmHWM')
    row('resident memory after the fill of 100 projects', f'{resident:.0f} MB (peak {peak:.0f})', '< 150 MB', resident < 150)
    server.stop()


def measure_plan():
    source, destination = Server('Source'), Server('Destination')
    source.fill(PROJECTS)
    policy, keys = os.path.join(WORK, 'policy.yaml'), {'SKERRY_SOURCE_KEY': source.key, 'SKERRY_DESTINATION_KEY': destination.key}

    def write_policy(source_port):
        with open(policy, 'w') as file:
            file.write(f'''apiVersion: skerry.sync/v1
source:      {{url: "http://127.0.0.1:{source_port}", auth: env:SKERRY_SOURCE_KEY}}
destination: {{url: "{destination.url}", auth: env:SKERRY_DESTINATION_KEY}}
environments:
  Development: drop
  Test: drop
  "*": same
''')

    relay = Relay(source.port)
    write_policy(relay.port)
    call(BENCH, 'plan', '--policy', policy, env=keys)
    counts = dict(relay.counts)
    # Variable sets come fifty at a time, tenants one by one.
    parts = sum(number for name, number in counts.items()
                if name.endswith('/*') or name.startswith('tenants/') or name == 'variables/all')
    around = sum(counts.get(name, 0) for name in ('api', 'spaces/all', 'spaces', 'events', 'users/me', 'users/*/permissions'))
    lists = sum(counts.values()) - parts - around
    row(f'requests for a replica of {PROJECTS} projects', f'{lists} lists, {parts} for variable sets and tenants, {around} to find the server, the space, the newest event and what the key may see', '≤ 24 lists', lists <= 24)
    print('   ' + json.dumps(counts, sort_keys=True), flush=True)

    write_policy(source.port)
    plan_parts('empty destination', call(BENCH, 'plan', '--policy', policy, env=keys))
    start = time.monotonic()
    call(SKERRY, 'sync', 'plan', '--policy', policy, '--out', os.path.join(WORK, 'one.skplan'), env=keys, codes=(0, 2))
    print(f'   skerry sync plan: {time.monotonic() - start:.1f} s', flush=True)
    start = time.monotonic()
    call(SKERRY, 'sync', 'apply', os.path.join(WORK, 'one.skplan'), env=keys)
    print(f'   skerry sync apply: {time.monotonic() - start:.1f} s', flush=True)
    state = os.path.join(WORK, 'policy.state', 'state.sqlite')
    plan_parts('destination in step', call(BENCH, 'plan', '--policy', policy, '--state', state, env=keys))
    source.stop()
    destination.stop()


def plan_parts(name, text):
    print('\n'.join('   ' + line for line in text.strip().splitlines()), flush=True)
    number = lambda start, word: int(next(line for line in text.splitlines() if line.startswith(start)).split(word)[1].split(' ms')[0])
    planner, total = number('planning', 'conflicts: '), number('all together', 'together: ')
    row(f'planner alone, {PROJECTS} projects, {name}', f'{planner} ms CPU', '< 200 ms', planner < 200)
    row(f'reading, normalising, planning, {PROJECTS} projects, {name}', f'{total} ms CPU', '< 3000 ms', total < 3000)


def measure_variables():
    sizes = (10_000, 20_000, 50_000, 100_000)
    times = variable_times('names', sizes)
    for name in dict.fromkeys(name for name, _ in times):
        row(f'{sizes[0]:,} values, {name}', f'{times[name, sizes[0]]} ms CPU', '< 50 ms', times[name, sizes[0]] < 50)
        growth(f'{sizes[-1]:,} values, {name}', times, name, sizes)
    for shape, title in (('oneName', 'of one name'), ('oneNameAndValue', 'of one name and value')):
        times = variable_times(shape, sizes[:2])
        for name in dict.fromkeys(name for name, _ in times): growth(f'{sizes[1]:,} values {title}, {name}', times, name, sizes[:2])


def variable_times(shape, sizes):
    times = {}
    for size in sizes:
        for line in call(BENCH, 'variables', '--values', str(size), '--shape', shape).strip().splitlines():
            print('   ' + line, flush=True)
            name, result = line.split(' values, ')[1].split(': ')
            times[name, size] = int(result.split(', ')[1].split(' ms')[0])
    return times


def growth(title, times, name, sizes):
    """No faster than n log n."""
    (small, first), (large, last) = ((size, times[name, size]) for size in (sizes[0], sizes[-1]))
    most = large / small * math.log(large) / math.log(small)
    row(title, f'{last} ms CPU, {last / max(first, 1):.1f} times as much', f'≤ {most:.1f} times', last <= most * max(first, 1))


def measure_demo():
    for name in ('first run, or one from what is there', 'run after it'):
        start = time.monotonic()
        subprocess.run([os.path.join(HERE, '..', 'Scripts', 'demo')], check=True, stdout=subprocess.DEVNULL)
        seconds = time.monotonic() - start
        if name == 'run after it': row('second run of Scripts/demo', f'{seconds:.1f} s', '< 30 s', seconds < 30)
    subprocess.run([os.path.join(HERE, '..', 'Scripts', 'demo'), 'stop'], check=True, stdout=subprocess.DEVNULL)


PARTS = {'json': measure_json, 'http': measure_http, 'start': measure_start, 'memory': measure_memory,
         'plan': measure_plan, 'variables': measure_variables, 'sync': measure_sync, 'backup': measure_backup,
         'instances': measure_instances, 'door': measure_door, 'demo': measure_demo}


def main():
    names = sys.argv[1:] or [name for name in PARTS if name != 'demo']
    if unknown := [name for name in names if name not in PARTS]: sys.exit(f'there is no part {unknown[0]}; there are {", ".join(PARTS)}')
    print(f'{time.strftime("%Y-%m-%d %H:%M")}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} before', flush=True)
    try:
        for name in names:
            print(f'== {name}', flush=True)
            PARTS[name]()
        print('\n| figure | measured | wanted | met |\n|---|---|---|---|')
        for cells in rows: print(f'| {" | ".join(cells)} |')
        print(f'\nload {os.getloadavg()[0]:.1f} after; a load that is not ours makes every figure but the ratios worse')
    finally:
        for process in running: process.terminate()
        shutil.rmtree(WORK, ignore_errors=True)
    sys.exit(any(cells[3] == 'NO' for cells in rows))


main()

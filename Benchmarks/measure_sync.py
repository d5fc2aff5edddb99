"""The figures of real life: a thousand projects, two servers, `skerry sync` as a person calls it."""
import json, os, subprocess, tempfile, time
from bench import BENCH, ENVIRONMENT, SKERRY, WORK, Server, call, row
from count_requests import Relay
from top_up import Space, top_up

PROJECTS = int(os.environ.get('SKERRY_BENCH_SYNC_PROJECTS', '1000'))
RUNBOOKS = int(os.environ.get('SKERRY_BENCH_SYNC_RUNBOOKS', str(3 * PROJECTS)))
VALUES = int(os.environ.get('SKERRY_BENCH_SYNC_VALUES', str(100 * PROJECTS)))
LATENCY = 0.08


class Run:
    """A command that ran to its end: seconds by the clock and of the processor, megabytes at most."""

    def __init__(self, *command, env, codes=(0,)):
        with tempfile.TemporaryFile(dir=WORK) as output:
            start = time.monotonic()
            process = subprocess.Popen(command, env={**ENVIRONMENT, **env}, stdout=output, stderr=subprocess.STDOUT)
            _, status, usage = os.wait4(process.pid, 0)
            self.wall = time.monotonic() - start
            output.seek(0)
            self.text = output.read().decode(errors='replace')
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode not in codes: raise SystemExit(f'{" ".join(command)} ended with {process.returncode}:\n{self.text[-3000:]}')
        self.cpu, self.memory = usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024
        print(f'   {" ".join(command[1:3])}: {self.wall:.2f} s wall, {self.cpu:.2f} s CPU, at most {self.memory:.0f} MB', flush=True)


class Pair:
    """Two servers and the policies that lead to them: directly, through a relay each, and through slow relays."""

    def __init__(self):
        self.source, self.destination = Server('SyncSource'), Server('SyncDestination')
        self.keys = {'SKERRY_SOURCE_KEY': self.source.key, 'SKERRY_DESTINATION_KEY': self.destination.key}
        self.state = os.path.join(WORK, 'sync-state')
        self.relays = [Relay(self.source.port), Relay(self.destination.port)]
        self.far = [Relay(self.source.port, LATENCY), Relay(self.destination.port, LATENCY)]
        self.write_policy('direct', self.source, self.destination)
        self.write_policy('relayed', *self.relays)
        self.write_policy('far', *self.far)

    def path(self, name): return os.path.join(WORK, f'sync-{name}.yaml')

    def write_policy(self, name, source, destination):
        with open(self.path(name), 'w') as file:
            file.write(f'''apiVersion: skerry.sync/v1
source:      {{url: "{source.url}", auth: env:SKERRY_SOURCE_KEY}}
destination: {{url: "{destination.url}", auth: env:SKERRY_DESTINATION_KEY}}
environments:
  "*": same
''')

    def forget(self):
        for relay in self.relays + self.far: relay.forget()

    def plan(self, name, out=None, state=None):
        self.forget()
        out = ['--out', out] if out else []
        state = os.path.join(WORK, state) if state else self.state
        return Run(SKERRY, 'sync', 'plan', '--policy', self.path(name), '--state', state, *out, env=self.keys, codes=(0, 2))

    def apply(self, plan):
        self.forget()
        return Run(SKERRY, 'sync', 'apply', plan, '--state', self.state, env=self.keys)

    def requests(self, relays=None):
        relays = relays or self.relays
        for relay, side in zip(relays, ('source', 'destination')):
            print(f'   {side}: {relay.requests} requests, {dict(relay.counts.most_common(12))}', flush=True)
        return sum(relay.requests for relay in relays)

    def writes(self):
        return sum(count for relay in self.relays for name, count in relay.counts.items() if ' ' in name)


def measure_sync():
    pair = Pair()
    pair.source.fill(PROJECTS)
    start = time.monotonic()
    filled = top_up(pair.source.port, pair.source.key, RUNBOOKS, VALUES)
    print(f'   with {filled["runbooks"]} runbooks and {filled["values"]} values of projects: {time.monotonic() - start:.0f} s', flush=True)
    size = f'{filled["projects"]} projects, {filled["runbooks"]} runbooks, {filled["values"]} values'
    cold_plan(pair, size)
    initial_fill(pair)
    nothing_to_do(pair)
    one_variable(pair)
    pair.source.stop()
    pair.destination.stop()


def cold_plan(pair, size):
    # Each with a state of its own: what was read before is remembered, whatever the address.
    run = pair.plan('direct', state='sync-state-cold')
    row(f'cold plan, {size}', f'{run.wall:.1f} s wall', '< 60 s', run.wall < 60)
    text = call(BENCH, 'plan', '--rounds', '2', '--policy', pair.path('direct'), env=pair.keys)
    print('\n'.join('   ' + line for line in text.strip().splitlines()), flush=True)
    planning = next(line for line in text.splitlines() if line.startswith('planning'))
    milliseconds = int(planning.split('conflicts: ')[1].split(' ms')[0])
    row('its planner alone', f'{milliseconds} ms CPU', '< 2000 ms', milliseconds < 2000)
    row('memory of skerry sync plan', f'{run.memory:.0f} MB', '< 500 MB', run.memory < 500)
    run = pair.plan('far', state='sync-state-far')
    pair.requests(pair.far)
    flight = max(relay.most_in_flight for relay in pair.far)
    row(f'the same with {LATENCY * 1000:.0f} ms of latency, {flight} in flight', f'{run.wall:.1f} s wall', '< 300 s', run.wall < 300)


def initial_fill(pair):
    plan = os.path.join(WORK, 'sync-fill.skplan')
    planned = pair.plan('relayed', plan)
    reading = pair.requests()
    with open(plan) as file: operations = json.load(file)['plan']['operations']
    created = sum(operation['op'] == 'create' for operation in operations)
    applied = pair.apply(plan)
    requests = pair.requests()
    writes = pair.writes()
    print(f'   {len(operations)} operations, {created} of them creations; {writes} writes', flush=True)
    ratio = (reading + requests) / created
    row(f'initial fill, {created} objects: plan {planned.wall:.0f} s, apply {applied.wall:.0f} s with verification',
        f'{reading} + {requests} requests = {ratio:.2f} per object', '≤ 1.1', ratio <= 1.1)


def nothing_to_do(pair):
    pair.plan('relayed')
    requests, writes = pair.requests(), pair.writes()
    row('requests of a sync with nothing to do', f'{requests}, of which {writes} writes', '≤ 2, none', requests <= 2 and not writes)
    run = min((pair.plan('direct') for _ in range(3)), key=lambda run: run.wall)
    row('its time', f'{run.wall * 1000:.0f} ms wall', '< 300 ms', run.wall < 0.3)


def one_variable(pair):
    space = Space(pair.source.port, pair.source.key)
    sets = [project['VariableSetId'] for project in space.get('/projects/all')]

    def change(number):
        variables = space.get(f'/variables/{sets[number]}')
        next(one for one in variables['Variables'] if one['Type'] == 'String')['Value'] = f'changed {number}'
        space.put(f'/variables/{sets[number]}', variables)

    def sync(name):
        plan = os.path.join(WORK, 'sync-change.skplan')
        planned = pair.plan(name, plan)
        requests = pair.requests()
        applied = pair.apply(plan)
        return planned.wall + applied.wall, requests + pair.requests()

    # What is asked under another address is compared as a whole until something was applied there; from then on it is a
    # week like any other.
    pair.plan('relayed')
    change(len(sets) // 2)
    _, requests = sync('relayed')
    row('requests for one changed variable, plan and apply with verification', str(requests), '≤ 6', requests <= 6)
    change(len(sets) // 4)
    sync('direct')
    change(len(sets) // 3)
    wall, _ = sync('direct')
    row('their time', f'{wall * 1000:.0f} ms wall', '< 1000 ms', wall < 1)

"""The parts instances and door of Benchmarks/run: many servers on one machine, and what the front door adds."""
import json, os, pathlib, re, shutil, signal, statistics, subprocess, sys, tempfile, time, urllib.request
from bench import SHARED, SKERRY, call, free_port, row

COUNT = int(os.environ.get('SKERRY_BENCH_INSTANCES', '100'))
SECONDS = int(os.environ.get('SKERRY_BENCH_SECONDS', '6'))

KEY = "API-BENCHMARK0000000000000000"


class Machine:
    def __init__(self, program):
        self.program = program
        self.root = tempfile.mkdtemp(prefix="skerry-many-")
        self.environment = {**os.environ, "SKERRY_ROOT": self.root, "SKERRY_ADMIN_PASSWORD": "correct horse battery"}
        self.environment.pop("SKERRY_INSTANCE", None)
        self.processes = []

    def run(self, *arguments):
        return subprocess.run([self.program, *arguments], env=self.environment, check=True, capture_output=True, text=True).stdout

    def start(self, *arguments, until):
        begin = time.monotonic()
        process = subprocess.Popen([self.program, *arguments], env=self.environment, stdout=subprocess.PIPE,
                                   stderr=subprocess.DEVNULL, text=True)
        self.processes.append(process)
        found = None
        for line in process.stdout:
            if until in line:
                found = line
                break
        if found is None:
            raise SystemExit(f"{arguments} ended with {process.wait()}")
        return process, time.monotonic() - begin, found.split()[-1]

    def close(self):
        for process in self.processes:
            process.send_signal(signal.SIGTERM)
        for process in self.processes:
            process.wait(60)
        shutil.rmtree(self.root, ignore_errors=True)


def resident(process):
    text = pathlib.Path(f"/proc/{process.pid}/smaps_rollup").read_text()
    value = lambda name: int(re.search(rf"^{name}:\s+(\d+)", text, re.M).group(1)) / 1024
    return value("Rss"), value("Pss")


def timed(work, times=7):
    seconds = []
    for _ in range(times):
        begin = time.monotonic()
        work()
        seconds.append(time.monotonic() - begin)
    return statistics.median(seconds)


def latency(url, seconds, connections, script=None):
    """Mean milliseconds of a request and requests a second, by wrk."""
    text = subprocess.run(["wrk", f"-t1", f"-c{connections}", f"-d{seconds}", *(["-s", script] if script else []),
                           "-H", f"X-Octopus-ApiKey: {KEY}", url], check=True, capture_output=True, text=True).stdout
    mean, unit = re.search(r"Latency\s+([\d.]+)(us|ms|s)", text).groups()
    rate = float(re.search(r"Requests/sec:\s+([\d.]+)", text).group(1))
    if "Non-2xx" in text or "Socket errors" in text:
        raise SystemExit(f"{url}:\n{text}")
    return float(mean) * {"us": 0.001, "ms": 1, "s": 1000}[unit], rate


def measure_instances():
    machine = Machine(SKERRY)
    try:
        for number in range(COUNT):
            machine.run('create-instance', '--instance', f'Server {number}')
        starts = [machine.start('run', '--instance', f'server-{number}', until='listening on ')[1] * 1000 for number in range(COUNT)]
        time.sleep(10)
        memory = [resident(process) for process in machine.processes]
        own = sorted(rss for rss, _ in memory)
        listing = timed(lambda: machine.run('list-instances', '--json')) * 1000
        states = [entry['state'] for entry in json.loads(machine.run('list-instances', '--json'))['data']]
        median = statistics.median(starts)
        row(f'start of one beside others, median and worst of {COUNT}', f'{median:.0f} and {max(starts):.0f} ms', '1,000 ms', max(starts) < 1000)
        row(f'resident memory of an idle one of {COUNT}, median and worst', f'{statistics.median(own):.1f} and {own[-1]:.1f} MB '
            f'({statistics.median(pss for _, pss in memory):.1f} with shared pages shared out)', '40 MB', own[-1] < 40)
        row(f'list-instances with {states.count("running")} running', f'{listing:.0f} ms', '1,000 ms', listing < 1000 and states.count('running') == COUNT)
    finally:
        machine.close()


WRITES = """
wrk.method = "PUT"
wrk.headers["Content-Type"] = "application/json"
local count = 0
function request()
  count = count + 1
  return wrk.format(nil, nil, nil, '{"Id":"ProjectGroups-1","Name":"Default Project Group","Description":"' .. count .. '"}')
end
"""

NGINX = """worker_processes 1; daemon off; pid {folder}/pid; error_log {folder}/errors;
events {{ worker_connections 512; }}
http {{
  access_log off; client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
  upstream server {{ server {upstream}; keepalive 32; keepalive_requests 10000000; }}
  server {{
    listen 127.0.0.1:{port}; keepalive_requests 10000000;
    location / {{ proxy_pass http://server; proxy_http_version 1.1; proxy_set_header Connection ""; }}
  }}
}}
"""


def start_nginx(machine, direct):
    """nginx before the same server, for comparison; None where there is none."""
    program = shutil.which('nginx') or '/usr/sbin/nginx'
    if not os.path.exists(program): return None
    folder, port = os.path.join(machine.root, 'nginx'), free_port()
    os.mkdir(folder)
    with open(os.path.join(folder, 'conf'), 'w') as file:
        file.write(NGINX.format(folder=folder, upstream=direct.removeprefix('http://'), port=port))
    machine.processes.append(subprocess.Popen([program, '-e', os.path.join(folder, 'errors'), '-c', os.path.join(folder, 'conf')]))
    return f'http://127.0.0.1:{port}'


def await_answer(url):
    for _ in range(200):
        if subprocess.run(['curl', '-sf', '-o', os.devnull, url]).returncode == 0: return
        time.sleep(0.05)
    raise SystemExit(f'nothing answers at {url}')


def filled(url, space):
    """Milliseconds of a request of one client that fills a new space: half of them reads, half writes."""
    request = urllib.request.Request(f'{url}/api/spaces', json.dumps({'Name': space, 'SpaceManagersTeams': ['teams-administrators']}).encode(),
                                     {'X-Octopus-ApiKey': KEY, 'Content-Type': 'application/json'})
    urllib.request.urlopen(request).close()
    result = json.loads(call(sys.executable, os.path.join(SHARED, 'tools', 'fill.py'), '--url', url, '--api-key', KEY, '--space', space,
                             '--jobs', '1', '--projects', '30', '--tenants', '10', '--templates', '10'))
    return result['seconds'] * 1000 / result['requests']


def measure_journey(direct, shared):
    """What a client at work notices, turn by turn."""
    runs = [(filled(direct, f'direct {number}'), filled(shared, f'shared {number}')) for number in range(5)]
    own, through = (statistics.median(times) for times in zip(*runs))
    row('front door: a client fills a space, one request at a time', f'{own:.2f} ms a request direct, {through:.2f} ms through it: '
        f'{(through / own - 1) * 100:+.0f} %', '+15 %', through < own * 1.15)


def measure_door():
    machine = Machine(SKERRY)
    try:
        shared = f'http://127.0.0.1:{free_port()}/group1'
        machine.run('create-instance')
        machine.run('configure', '--webListenPrefixes', f'http://127.0.0.1:0/,{shared}')
        machine.run('admin', '--username', 'admin', '--apiKey', KEY)
        _, _, direct = machine.start('run', until='listening on ')
        direct = direct.rstrip('/')
        front = subprocess.Popen([SKERRY, 'front-door'], env=machine.environment, stderr=subprocess.DEVNULL)
        machine.processes.append(front)
        nginx = start_nginx(machine, direct)
        for url in filter(None, (shared, nginx)): await_answer(f'{url}/api')
        call(sys.executable, os.path.join(SHARED, 'tools', 'fill.py'), '--url', direct, '--api-key', KEY,
             '--projects', '40', '--tenants', '1', '--templates', '1')
        script = os.path.join(machine.root, 'writes.lua')
        with open(script, 'w') as file: file.write(WRITES)
        for name, path, lua in [('a write', '/api/Spaces-1/projectgroups/ProjectGroups-1', script),
                                ('list of 30 projects', '/api/Spaces-1/projects?take=30', None),
                                ('root document', '/api', None)]:
            for connections in [1, 16]:
                # Turn by turn, so that what else the machine does meets all.
                sides = [side for side in (direct, shared, nginx) if side]
                runs = [[latency(side + path, SECONDS, connections, lua)[0] for side in sides] for _ in range(3)]
                own, through, *other = (statistics.median(times) for times in zip(*runs))
                added = lambda time: f'{(time / own - 1) * 100:+.0f} %'
                row(f'front door: {name}, {connections} at a time', f'{own:.3f} ms direct, {through:.3f} ms through it: {added(through)}'
                    + ''.join(f' (nginx: {added(time)})' for time in other), '+15 %', through < own * 1.15)
        measure_journey(direct, shared)
        row('front door: resident memory', f'{resident(front)[0]:.1f} MB', '40 MB', resident(front)[0] < 40)
    finally:
        machine.close()

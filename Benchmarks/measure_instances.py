"""The parts instances and door of Benchmarks/run: many servers on one machine, and what the front door adds."""
import json, os, pathlib, re, shutil, signal, statistics, subprocess, sys, tempfile, time
from bench import SKERRY, free_port, row

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


def latency(url, seconds, connections):
    """Mean milliseconds of a request and requests a second, by wrk."""
    text = subprocess.run(["wrk", f"-t1", f"-c{connections}", f"-d{seconds}", "-H", f"X-Octopus-ApiKey: {KEY}", url],
                          check=True, capture_output=True, text=True).stdout
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


def measure_door():
    machine = Machine(SKERRY)
    try:
        shared = f'http://127.0.0.1:{free_port()}/group1'
        machine.run('create-instance')
        machine.run('configure', '--webListenPrefixes', f'http://127.0.0.1:0/,{shared}')
        machine.run('admin', '--username', 'admin', '--apiKey', KEY)
        _, _, direct = machine.start('run', until='listening on ')
        front = subprocess.Popen([SKERRY, 'front-door'], env=machine.environment, stderr=subprocess.DEVNULL)
        machine.processes.append(front)
        for _ in range(200):
            if subprocess.run(['curl', '-sf', '-o', os.devnull, f'{shared}/api']).returncode == 0: break
            time.sleep(0.05)
        for name, path in [('document', '/api/users/me'), ('root document', '/api')]:
            for connections in [1, 16]:
                # Turn by turn, so that what else the machine does meets both.
                runs = [(latency(direct + path, SECONDS, connections), latency(shared + path, SECONDS, connections)) for _ in range(3)]
                own, through = (statistics.median(run[side][0] for run in runs) for side in (0, 1))
                row(f'front door: {name}, {connections} at a time', f'{own:.3f} ms direct, {through:.3f} ms through it: '
                    f'{(through / own - 1) * 100:+.0f} %', '+15 %', through < own * 1.15)
        row('front door: resident memory', f'{resident(front)[0]:.1f} MB', '40 MB', resident(front)[0] < 40)
    finally:
        machine.close()

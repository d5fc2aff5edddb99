"""Measures many server instances on one machine, and what the front door adds to a request.

    measure_instances.py [--program SKERRY] [--count 100] [--seconds 5]

Prints a table for docs/performance.md. Needs wrk.
"""
import argparse, json, os, pathlib, re, shutil, signal, statistics, subprocess, sys, tempfile, time

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


def many(program, count):
    machine = Machine(program)
    try:
        begin = time.monotonic()
        for number in range(count):
            machine.run("create-instance", "--instance", f"Server {number}")
        created = (time.monotonic() - begin) / count
        starts = []
        for number in range(count):
            process, seconds, _ = machine.start("run", "--instance", f"server-{number}", until="listening on ")
            starts.append(seconds)
        time.sleep(10)
        memory = [resident(process) for process in machine.processes]
        listing = timed(lambda: machine.run("list-instances", "--json"))
        rows = json.loads(machine.run("list-instances", "--json"))["data"]
        assert len(rows) == count and all(row["state"] == "running" for row in rows)
        return {
            "create one, ms": round(created * 1000),
            "start one, median ms": round(statistics.median(starts) * 1000), "start one, worst ms": round(max(starts) * 1000),
            "resident of an idle one, median MB": round(statistics.median(m[0] for m in memory), 1),
            "resident of an idle one, worst MB": round(max(m[0] for m in memory), 1),
            "its share of shared pages counted (PSS), median MB": round(statistics.median(m[1] for m in memory), 1),
            "list-instances with states, ms": round(listing * 1000),
            "instances": count,
        }
    finally:
        machine.close()


def door(program, seconds):
    machine = Machine(program)
    try:
        machine.run("create-instance")
        free = subprocess.run([sys.executable, "-c", "import socket;s=socket.socket();s.bind(('127.0.0.1',0));print(s.getsockname()[1])"],
                              capture_output=True, text=True, check=True).stdout.strip()
        machine.run("configure", "--webListenPrefixes", f"http://127.0.0.1:0/,http://127.0.0.1:{free}/group1")
        machine.run("admin", "--username", "admin", "--apiKey", KEY)
        _, _, direct = machine.start("run", until="listening on ")
        shared = f"http://127.0.0.1:{free}/group1"
        front = subprocess.Popen([machine.program, "front-door"], env=machine.environment, stderr=subprocess.DEVNULL)
        machine.processes.append(front)
        for _ in range(200):
            if subprocess.run(["curl", "-sf", "-o", os.devnull, f"{shared}/api"]).returncode == 0:
                break
            time.sleep(0.05)
        figures = {}
        for name, path in [("GET one document", "/api/users/me"), ("GET a list", "/api/Spaces-1/lifecycles?take=30"),
                           ("GET the root document", "/api")]:
            for connections in [1, 16]:
                runs = []
                for _ in range(3):
                    own, rate = latency(direct + path, seconds, connections)
                    through, shared_rate = latency(shared + path, seconds, connections)
                    runs.append((own, through, rate, shared_rate))
                own, through, rate, shared_rate = [statistics.median(values) for values in zip(*runs)]
                figures[f"{name}, {connections} at a time"] = (
                    f"{own:.3f} ms direct, {through:.3f} ms through the door (+{(through / own - 1) * 100:.0f} %), "
                    f"{rate:.0f} and {shared_rate:.0f} a second")
        figures["front door, resident MB"] = round(resident(front)[0], 1)
        return figures
    finally:
        machine.close()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--program", default="Benchmarks/.build/release/skerry")
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--seconds", type=int, default=3)
    options = parser.parse_args()
    program = str(pathlib.Path(options.program).resolve())
    for title, figures in [("many instances", many(program, options.count)), ("front door", door(program, options.seconds))]:
        print(f"| {title} | |\n|---|---|")
        for name, value in figures.items():
            print(f"| {name} | {value} |")
        print(flush=True)


main()

"""What the parts of Benchmarks/run share: servers of the release build, commands, and the table of figures."""
import http.client, os, secrets, socket, subprocess, sys, tempfile, time

HERE = os.path.dirname(os.path.abspath(__file__))
RELEASE = os.path.join(HERE, '.build', 'release')
SKERRY, BENCH = os.path.join(RELEASE, 'skerry'), os.path.join(RELEASE, 'skerry-bench')
SHARED = os.environ.get('SHARED', os.path.join(HERE, '..', '..', 'shared'))

WORK = tempfile.mkdtemp(prefix='skerry-bench-')
ENVIRONMENT = dict(os.environ, SKERRY_ROOT=os.path.join(WORK, 'root'), SKERRY_ADMIN_PASSWORD=secrets.token_hex(12))
rows, running = [], []


def row(figure, result, wanted, ok):
    rows.append((figure, result, wanted, 'yes' if ok else 'NO'))
    print(f'   {figure}: {result} (wanted: {wanted}) {"" if ok else "MISSED"}', flush=True)


def call(*command, env=None, codes=(0,)):
    done = subprocess.run(command, env={**ENVIRONMENT, **(env or {})}, capture_output=True, text=True)
    if done.returncode not in codes:
        sys.exit(f'{" ".join(command)} ended with {done.returncode}:\n{done.stdout[-2000:]}{done.stderr[-2000:]}')
    return done.stdout


def free_port():
    with socket.socket() as s:
        s.bind(('127.0.0.1', 0))
        return s.getsockname()[1]


def get(port, path, key=None):
    connection = http.client.HTTPConnection('127.0.0.1', port, timeout=60)
    connection.request('GET', path, headers={'X-Octopus-ApiKey': key} if key else {})
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    if answer.status != 200: raise OSError(f'GET {path}: {answer.status}')
    return body


def wait(port, path, process):
    """Seconds until the first good answer."""
    start = time.monotonic()
    while True:
        try:
            get(port, path)
            return time.monotonic() - start
        except OSError:
            if process.poll() is not None or time.monotonic() > start + 30: sys.exit(f'nothing answers on {port}')
            time.sleep(0.002)


class Server:
    """One instance of the release build."""

    def __init__(self, name):
        self.name, self.port, self.key = name, free_port(), 'API-' + secrets.token_hex(14).upper()
        call(SKERRY, 'create-instance', '--instance', name)
        call(SKERRY, 'configure', '--instance', name, '--webListenPrefixes', f'http://127.0.0.1:{self.port}/')
        call(SKERRY, 'admin', '--instance', name, '--username', 'admin', '--apiKey', self.key)
        self.start()

    @property
    def url(self): return f'http://127.0.0.1:{self.port}'

    def start(self):
        started = time.monotonic()
        self.process = subprocess.Popen(
            [SKERRY, 'run', '--instance', self.name], env=ENVIRONMENT, stdout=subprocess.DEVNULL)
        running.append(self.process)
        wait(self.port, '/api', self.process)
        return time.monotonic() - started

    def stop(self):
        self.process.terminate()
        self.process.wait()
        running.remove(self.process)

    def memory(self, field):
        """Megabytes."""
        with open(f'/proc/{self.process.pid}/status') as status:
            return next(int(line.split()[1]) / 1024 for line in status if line.startswith(field))

    def fill(self, projects):
        print('   ' + call(sys.executable, os.path.join(SHARED, 'tools', 'fill.py'), '--url', self.url, '--api-key', self.key,
                           '--projects', str(projects), '--tenants', '50', '--templates', '100').strip(), flush=True)

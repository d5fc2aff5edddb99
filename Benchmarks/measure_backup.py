"""The part `backup` of Benchmarks/run: a backup of a large instance against tar of the same files, by turns."""
import hashlib, http.client, json, os, statistics, subprocess, time

from bench import ENVIRONMENT, SKERRY, WORK, Server, row

DOCUMENTS, FILES, FILE_BYTES, ROUNDS = 10_000, 1_024, 1 << 20, 5


def fill(server):
    connection = http.client.HTTPConnection('127.0.0.1', server.port, timeout=60)
    for number in range(DOCUMENTS):
        body = json.dumps({'Name': f'Environment {number}', 'Description': 'x' * 500})
        connection.request('POST', '/api/Spaces-1/environments', body, {'X-Octopus-ApiKey': server.key})
        answer = connection.getresponse()
        answer.read()
        if answer.status != 201: raise SystemExit(f'environment {number}: {answer.status}')
    home = os.path.join(WORK, 'root', 'var', 'lib', 'skerry', 'server', server.name)
    for _ in range(FILES):
        content = os.urandom(FILE_BYTES)
        digest = hashlib.sha256(content).hexdigest()
        folder = os.path.join(home, 'packages', 'content', digest[:2])
        os.makedirs(folder, exist_ok=True)
        with open(os.path.join(folder, digest), 'wb') as file: file.write(content)
    os.sync()
    return home


def timed(*command, env=None):
    """Seconds until it is on the disk, and its largest memory in MB."""
    start = time.monotonic()
    process = subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    errors = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = status
    if status: raise SystemExit(f'{command}: {errors.decode()[-2000:]}')
    return time.monotonic() - start, usage.ru_maxrss / 1024


def measure_backup():
    server = Server('backup')
    home = fill(server)
    out = os.path.join(WORK, 'backups')
    os.makedirs(out, exist_ok=True)
    archive = os.path.join(out, 'files.tar')
    environment = {**ENVIRONMENT, 'SKERRY_BACKUP_PASSPHRASE': 'a passphrase for benchmarks'}
    tars, backups, memory = [], [], 0
    # One more than counted, for the caches.
    for number in range(ROUNDS + 1):
        seconds, _ = timed('sh', '-c', f'tar -cf {archive} -C {home} . && sync {archive}')
        os.remove(archive)
        ours, peak = timed(SKERRY, 'backup', '--no-verify', '--instance', server.name, '--to', out, env=environment)
        size = sum(os.path.getsize(os.path.join(out, name)) for name in os.listdir(out))
        for name in os.listdir(out): os.remove(os.path.join(out, name))
        memory = max(memory, peak)
        if number:
            tars.append(seconds)
            backups.append(ours)
        print(f'   tar {seconds:.2f} s, backup {ours:.2f} s', flush=True)
    ratio = statistics.median(tars) / statistics.median(backups)
    row(f'backup of {DOCUMENTS:,} documents and 1 GB of packages, server running',
        f'{size / 1e6 / statistics.median(backups):.0f} MB/s = {ratio:.0%} of tar', '≥ 60 %', ratio >= 0.6)
    row('memory of it', f'{memory:.0f} MB at most', '< 250 MB', memory < 250)
    verified, peak = timed(SKERRY, 'backup', '--instance', server.name, '--to', out, env=environment)
    row('the same, verified', f'{verified:.1f} s, {peak:.0f} MB', '-', True)
    server.stop()

"""A relay that passes everything between a client and a server through, counts the requests, and may be as slow as a far network."""
import asyncio, collections, re, threading


def shape(path):
    """`/api/Spaces-1/variables/variableset-Projects-7?x=1` becomes `variables/*`; the list of a kind its own name."""
    parts = re.sub(r'\?.*', '', path).strip('/').split('/')[1:]
    if parts and re.fullmatch(r'Spaces-\d+', parts[0]): parts = parts[1:]
    return '/'.join('*' if re.search(r'-\d+', part) else part for part in parts) or 'api'


class Relay:
    """Runs in a thread of its own.

    `latency`: seconds for the way there and back together; half of it passes before each piece of data is passed on.
    """

    def __init__(self, port, latency=0.0):
        self.target, self.latency, self.ready = port, latency, threading.Event()
        self.forget()
        threading.Thread(target=lambda: asyncio.run(self.serve()), daemon=True).start()
        self.ready.wait()

    def forget(self):
        """Counts from zero on: reads by the shape of their path, writes by method and shape."""
        self.counts, self.most_in_flight, self.in_flight = collections.Counter(), 0, 0

    @property
    def url(self): return f'http://127.0.0.1:{self.port}'

    @property
    def requests(self): return sum(self.counts.values())

    async def serve(self):
        server = await asyncio.start_server(self.connection, '127.0.0.1', 0)
        self.port = server.sockets[0].getsockname()[1]
        self.ready.set()
        await server.serve_forever()

    async def connection(self, reader, writer):
        try:
            upstream_reader, upstream_writer = await asyncio.open_connection('127.0.0.1', self.target)
        except OSError:
            return writer.close()
        await asyncio.gather(self.copy(reader, upstream_writer, self.count), self.copy(upstream_reader, writer, self.answered))

    async def copy(self, reader, writer, look):
        loop, late = asyncio.get_running_loop(), asyncio.Queue(64)
        sender = asyncio.create_task(self.send(late, writer))
        try:
            while data := await reader.read(1 << 18):
                look(data)
                await late.put((loop.time() + self.latency / 2, data))
        except ConnectionError:
            pass
        await late.put(None)
        await sender

    async def send(self, late, writer):
        loop, is_open = asyncio.get_running_loop(), True
        while item := await late.get():
            due, data = item
            if not is_open: continue
            if due > loop.time(): await asyncio.sleep(due - loop.time())
            try:
                writer.write(data)
                await writer.drain()
            except ConnectionError:
                is_open = False
        writer.close()

    def count(self, data):
        # A client that waits for each answer sends each request as a piece of its own. Bodies are JSON in one line, so
        # that no line of theirs looks like the first one of a request.
        for path in re.findall(rb'^([A-Z]+ \S+) HTTP/1\.1\r$', data, re.M):
            method, path = path.decode().split(' ')
            self.counts[shape(path) if method == 'GET' else f'{method} {shape(path)}'] += 1
            self.in_flight += 1
            self.most_in_flight = max(self.most_in_flight, self.in_flight)

    def answered(self, data):
        self.in_flight -= len(re.findall(rb'^HTTP/1\.1 [2-5]\d\d ', data, re.M))

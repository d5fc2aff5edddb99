"""A relay that passes everything between a client and a server through and counts the requests by the shape of their path."""
import asyncio, collections, re, threading


def shape(path):
    """`/api/Spaces-1/variables/variableset-Projects-7?x=1` becomes `variables/*`; the list of a kind its own name."""
    parts = re.sub(r'\?.*', '', path).strip('/').split('/')[1:]
    if parts and re.fullmatch(r'Spaces-\d+', parts[0]): parts = parts[1:]
    return '/'.join('*' if re.search(r'-\d+', part) else part for part in parts) or 'api'


class Relay:
    """Runs in a thread of its own. Only for requests without bodies: each begins with GET."""

    def __init__(self, port):
        self.target, self.counts, self.ready = port, collections.Counter(), threading.Event()
        threading.Thread(target=lambda: asyncio.run(self.serve()), daemon=True).start()
        self.ready.wait()

    async def serve(self):
        server = await asyncio.start_server(self.connection, '127.0.0.1', 0)
        self.port = server.sockets[0].getsockname()[1]
        self.ready.set()
        await server.serve_forever()

    async def connection(self, reader, writer):
        upstream_reader, upstream_writer = await asyncio.open_connection('127.0.0.1', self.target)
        await asyncio.gather(self.copy(reader, upstream_writer, self.count), self.copy(upstream_reader, writer, None))

    async def copy(self, reader, writer, look):
        try:
            while data := await reader.read(1 << 16):
                if look: look(data)
                writer.write(data)
                await writer.drain()
        except ConnectionError:
            pass
        finally:
            writer.close()

    def count(self, data):
        # A client that waits for each answer sends each request as a piece of its own.
        for path in re.findall(rb'^([A-Z]+ \S+) HTTP/1\.1\r$', data, re.M):
            method, path = path.decode().split(' ')
            self.counts[shape(path) if method == 'GET' else method] += 1

/**
 * The far end of the fault proxy's benchmark. Three servers on loopback, their ports in one line of JSON: `echo` sends
 * back what it gets, `sink` answers one byte for every 64 MiB, `source` sends as fast as it is read from. Ends with its
 * standard input.
 */
import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';

const acknowledgedBytes = 64 * 1_048_576;
const block = Buffer.alloc(65_536, 'x');

const listen = async (serve: (socket: Socket) => void): Promise<number> => {
  const server = createServer({ noDelay: true }, (socket) => {
    socket.on('error', () => {});
    serve(socket);
  });
  server.listen({ port: 0, host: '127.0.0.1', backlog: 2_048 });
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
};

const echo = await listen((socket) => socket.on('data', (chunk) => socket.write(chunk)));

const sink = await listen((socket) => {
  let received = 0;
  socket.on('data', ({ length }) => {
    received += length;
    for (; received >= acknowledgedBytes; received -= acknowledgedBytes) socket.write('.');
  });
});

const source = await listen((socket) => {
  const fill = (): void => {
    while (!socket.destroyed && socket.write(block));
  };
  socket.on('drain', fill);
  fill();
});

process.stdin.resume().once('end', () => process.exit(0));
process.stdout.write(`${JSON.stringify({ echo, sink, source })}\n`);

/**
 * The yardstick of the fault proxy's benchmark: the least that a proxy in Node can do, two sockets piped into each other.
 * `node pipe.ts PORT…` prints the ports before these as one line of JSON. Ends with its standard input.
 */
import { once } from 'node:events';
import { connect, createServer, type AddressInfo } from 'node:net';

const before = async (port: number): Promise<number> => {
  const server = createServer({ noDelay: true, pauseOnConnect: true }, (client) => {
    const upstream = connect({ port, host: '127.0.0.1', noDelay: true });
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const)
      socket.on('error', () => {}).on('close', () => other.destroy());
    upstream.on('connect', () => {
      client.pipe(upstream);
      upstream.pipe(client);
    });
  });
  server.listen({ port: 0, host: '127.0.0.1', backlog: 2_048 });
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
};

const ports = await Promise.all(process.argv.slice(2).map((port) => before(Number(port))));
process.stdin.resume().once('end', () => process.exit(0));
process.stdout.write(`${JSON.stringify(ports)}\n`);

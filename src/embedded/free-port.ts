/** TCP ports on the loopback address. */
import { once } from 'node:events';
import { createServer } from 'node:net';

/**
 * A port nobody listens on, from below the range of which the system takes the ports of outgoing connections. A port of
 * that range could be lost while the server restarts: a client that keeps dialling a closed port of it may be given the
 * same port for its own end, and is then connected to itself.
 */
export const freePort = async (): Promise<number> => {
  for (;;) {
    const port = 20_000 + Math.floor(Math.random() * 12_000);
    if (await isPortFree(port)) return port;
  }
};

export const isPortFree = async (port: number): Promise<boolean> => {
  const server = createServer();
  try {
    server.listen({ port, host: '127.0.0.1', exclusive: true });
    await once(server, 'listening');
    return true;
  } catch {
    return false;
  } finally {
    server.close();
  }
};

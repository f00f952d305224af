import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { asOperator } from './operator.ts';

/** What PostgreSQL says to a wrong password. */
const refusal = (): Buffer => {
  const fields = Buffer.from('SFATAL\0VFATAL\0C28P01\0Mno\0\0');
  const head = Buffer.alloc(5);
  head.write('E');
  head.writeInt32BE(fields.length + 4, 1);
  return Buffer.concat([head, fields]);
};

/** A server that hangs up on the first to knock, as one does that is being shut down, and answers everybody after. */
const hangsUpOnce = async (): Promise<{ readonly url: string; readonly knocks: () => number }> => {
  let knocks = 0;
  const server = createServer((socket: Socket) => {
    socket.on('error', () => {});
    socket.once('data', () => ((knocks += 1) === 1 ? socket.destroy() : socket.end(refusal())));
  });
  onTestFinished(() => void server.close());
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  return { url: `postgresql://operator:x@127.0.0.1:${port}/postgres`, knocks: () => knocks };
};

test('who waits for a restart knocks again when the server hangs up without a word', async () => {
  const { url, knocks } = await hangsUpOnce();
  await expect(asOperator(url, async () => 'in', { restartWithinMs: 5_000 })).rejects.toMatchObject({ code: '28P01' });
  expect(knocks()).toBe(2);
});

test('who does not wait is told of it at once', async () => {
  const { url, knocks } = await hangsUpOnce();
  await expect(asOperator(url, async () => 'in')).rejects.toThrow(/terminated/);
  expect(knocks()).toBe(1);
});

/**
 * The near end of the fault proxy's benchmark: `node load.ts JOB PORT [NUMBER]` does one job against a port of 127.0.0.1
 * (the echo program's, or a proxy before it) and prints what it measured as one line of JSON.
 */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

const kib = Buffer.alloc(1_024, 'x');
const block = Buffer.alloc(65_536, 'x');

const open = async (port: number): Promise<Socket> => {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  await once(socket, 'connect');
  socket.on('error', () => {});
  return socket;
};

const openMany = (port: number, count: number): Promise<Socket[]> =>
  Promise.all(Array.from({ length: count }, () => open(port)));

/** MB/s of one stream to the sink: what it has acknowledged after `seconds` or a little more. */
const bulk = async (port: number, seconds: number): Promise<number> => {
  const socket = await open(port);
  const fill = (): void => {
    while (socket.write(block));
  };
  socket.on('drain', fill);
  const startedMs = performance.now();
  fill();
  for (let acknowledged = 0; ;) {
    const [answer] = (await once(socket, 'data')) as [Buffer];
    acknowledged += answer.length;
    const elapsedMs = performance.now() - startedMs;
    if (elapsedMs >= seconds * 1_000) return (acknowledged * 67.108_864) / (elapsedMs / 1_000);
  }
};

/** Sends `message` and calls `arrived` with the milliseconds until all of it has come back, again and again. */
const pingPong = (socket: Socket, message: Buffer, arrived: (tripMs: number) => void): void => {
  let missing = 0;
  let sentMs = 0;
  const send = (): void => {
    missing = message.length;
    sentMs = performance.now();
    socket.write(message);
  };
  socket.on('data', ({ length }) => {
    missing -= length;
    if (missing > 0) return;
    arrived(performance.now() - sentMs);
    send();
  });
  send();
};

/** Round trips of 1 KiB per second over `count` connections, for 1.5 s. */
const trips = async (port: number, count: number): Promise<number> => {
  const sockets = await openMany(port, count);
  let done = 0;
  for (const socket of sockets) pingPong(socket, kib, () => void (done += 1));
  await sleep(300); // warm
  done = 0;
  const startedMs = performance.now();
  await sleep(1_500);
  return done / ((performance.now() - startedMs) / 1_000);
};

/** Connections per second, 16 at a time: opened, one byte echoed, reset. */
const connections = async (port: number): Promise<number> => {
  const startedMs = performance.now();
  let done = 0;
  const one = async (): Promise<void> => {
    while (performance.now() - startedMs < 1_500) {
      const socket = await open(port);
      socket.write('x');
      await once(socket, 'data');
      socket.resetAndDestroy();
      done += 1;
    }
  };
  await Promise.all(Array.from({ length: 16 }, one));
  return done / ((performance.now() - startedMs) / 1_000);
};

/**
 * Milliseconds of a round trip: median and 99th percentile. 100 connections, each of which sends again up to 100 ms after
 * its last answer: those that pause equally long end up in one bunch, and then wait for each other.
 */
const paced = async (port: number): Promise<{ p50: number; p99: number }> => {
  const sockets = await openMany(port, 100);
  const tripsMs: number[] = [];
  for (const socket of sockets) {
    let sentMs = 0;
    const send = (): void => {
      sentMs = performance.now();
      socket.write(kib.subarray(0, 64));
    };
    const sendSoon = (): void => void setTimeout(send, Math.random() * 100);
    socket.on('data', () => {
      tripsMs.push(performance.now() - sentMs);
      sendSoon();
    });
    sendSoon();
  }
  await sleep(4_000);
  const sorted = tripsMs.toSorted((a, b) => a - b);
  const at = (share: number): number => sorted[Math.floor((sorted.length - 1) * share)] ?? Infinity;
  return { p50: at(0.5), p99: at(0.99) };
};

/** KB/s that arrive from the source over 3 s, from the first byte on. */
const rate = async (port: number): Promise<number> => {
  const socket = await open(port);
  let bytes = 0;
  socket.on('data', ({ length }) => void (bytes += length));
  await once(socket, 'data');
  bytes = 0;
  const startedMs = performance.now();
  while (performance.now() - startedMs < 3_000) await once(socket, 'data');
  return bytes / (performance.now() - startedMs);
};

/** Opens `count` connections and says so; holds them until standard input ends. */
const hold = async (port: number, count: number): Promise<number> => {
  for (let at = 0; at < count; at += 50) await openMany(port, Math.min(50, count - at));
  return count;
};

/** Reads 64 MiB from the source with a stall of 5 s before; seconds it took. */
const stall = async (port: number): Promise<number> => {
  const socket = connect({ port, host: '127.0.0.1' }).pause();
  const startedMs = performance.now();
  await sleep(5_000);
  for (let missing = 64 * 1_048_576; missing > 0;) {
    const [chunk] = (await once(socket.resume(), 'data')) as [Buffer];
    missing -= chunk.length;
  }
  return (performance.now() - startedMs) / 1_000;
};

const jobs = { bulk, trips, connections, paced, rate, hold, stall } as const;

const [, , job = '', port = '', number = ''] = process.argv;
if (!Object.hasOwn(jobs, job)) throw new Error(`usage: load.ts ${Object.keys(jobs).join('|')} PORT [NUMBER]`);
const figure = await jobs[job as keyof typeof jobs](Number(port), Number(number));
process.stdout.write(`${JSON.stringify(figure)}\n`);
if (job === 'hold') await once(process.stdin.resume(), 'end');
process.exit(0);

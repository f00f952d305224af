/** The fault proxy as a program of its own: a busy screen or conductor must not become latency of the fault. */
import { runProgram } from '../../program.ts';
import type { ToxiproxyConfig } from './config.ts';
import { startToxiproxy } from './toxiproxy.ts';

await runProgram<ToxiproxyConfig>(async ({ config }) => {
  const { close, ...ready } = await startToxiproxy(config);
  return { ready, close };
});

/** The load generator as a program: a `LoadConfig` in, `LoadCommand`s and `LoadMessage`s in between. */
import { startClock } from '../clock.ts';
import { runProgram } from '../program.ts';
import type { LoadCommand, LoadConfig, LoadMessage, LoadReady } from './config.ts';
import { startLoad, type Load } from './generator.ts';
import { serveLoadMetrics } from './metrics.ts';

await runProgram<LoadConfig>(async ({ config, send, onMessage }) => {
  const tell = (message: LoadMessage): void => send(message);
  const clock = startClock();
  const { address, seen, close } = await serveLoadMetrics(config.visits);
  let load: Load | undefined;
  onMessage((message) => {
    const command = message as LoadCommand;
    if ('go' in command) load ??= startLoad(config, command.go.targets, clock, (window) => tell({ window }), seen);
    else if ('fault' in command) load?.startSpikes();
    else void (load?.stop() ?? Promise.resolve()).then(() => tell({ stopped: true }));
  });
  return { ready: { address } satisfies LoadReady, close };
});
